/** Turns a listener's configuration into its routes; the short form, one upstream for everything, is one route without conditions. */
import type { RouteMatch } from '../route/route-table.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { RouteTarget } from './request-entry.ts'

/** A listener as the configuration has it: exactly one of the two is given. */
export interface ListenerRoutes {
  readonly upstream?: string | undefined
  readonly routes?: readonly ConfiguredRoute[] | undefined
}

export interface ConfiguredRoute {
  readonly match: RouteMatch
  readonly upstream?: string | undefined
  readonly status?: number | undefined
  /** Milliseconds for the whole request. */
  readonly timeout: number
}

/** Milliseconds for a whole request on a listener of the short form. */
const timeoutMsDefault = 15_000

type Route = RouteTarget & { readonly match: RouteMatch }

/** @throws TypeError when a route names no upstream that exists; the configuration's own check comes before */
export function routesOf({ upstream, routes }: ListenerRoutes, upstreams: readonly Upstream[]): Route[] {
  const configured = routes ?? [{ match: {}, upstream, timeout: timeoutMsDefault }]
  return configured.map((route) => routeOf(route, upstreams))
}

function routeOf({ match, upstream: name, status, timeout }: ConfiguredRoute, upstreams: readonly Upstream[]): Route {
  if (status !== undefined) return { match, kind: 'status', status }
  const upstream = upstreams.find((each) => each.label === name)
  if (upstream === undefined) throw new TypeError(`no upstream "${name}"`)
  return { match, kind: 'upstream', upstream, timeoutMs: timeout }
}
