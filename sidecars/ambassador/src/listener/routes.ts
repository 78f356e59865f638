/** Turns a listener's configuration into its routes; the short form, one upstream for everything, is one route without conditions. */
import type { Destination } from '../resilience/destination.ts'
import type { HedgeRules } from '../resilience/hedge-plan.ts'
import type { StatedTimes } from '../resilience/outgoing-request.ts'
import type { RetryPolicy } from '../resilience/retry-rules.ts'
import type { ConfiguredRoute, ShortRoute } from '../route/route-keys.ts'
import type { RouteMatch } from '../route/route-table.ts'
import type { RouteTarget } from './request-entry.ts'

/** A listener as the configuration has it: exactly one of the two is given. */
export interface ListenerRoutes extends ShortRoute {
  readonly routes?: readonly ConfiguredRoute[] | undefined
}

type Route = RouteTarget & { readonly match: RouteMatch }

/** Below this a quantile says more about the scheduler than about the upstream. */
const hedgeDelayMinMs = 5

/**
 * @param shortForm a route with every default, for what a listener without routes leaves out
 * @throws TypeError when a route names no upstream that exists; the configuration's own check comes before
 */
export function routesOf(
  { upstream, timeout, retry, hedge, routes }: ListenerRoutes,
  shortForm: ConfiguredRoute,
  destinations: readonly Destination[],
  statedTimes: StatedTimes,
): Route[] {
  const short = { match: {}, upstream, hedge, timeout: timeout ?? shortForm.timeout, retry: retry ?? shortForm.retry }
  const configured = routes ?? [short]
  return configured.map((route) => routeOf(route, destinations, statedTimes))
}

function routeOf(route: ConfiguredRoute, destinations: readonly Destination[], statedTimes: StatedTimes): Route {
  const { match, upstream, status, timeout: timeoutMs } = route
  if (status !== undefined) return { match, kind: 'status', status }
  const destination = destinations.find((each) => each.upstream.label === upstream)
  if (destination === undefined) throw new TypeError(`no upstream "${upstream}"`)
  return { match, kind: 'upstream', destination, timeoutMs, retry: retryOf(route), hedge: hedgeOf(route), statedTimes }
}

function retryOf({ retry }: ConfiguredRoute): RetryPolicy {
  if (retry === 'off') return 'off'
  const { attempts, perTry: perTryMs, on, idempotent, bodyBytes } = retry
  const statuses = new Set(on.filter((condition) => typeof condition === 'number'))
  const conditions = {
    connect: on.includes('connect'),
    reset: on.includes('reset'),
    timeout: on.includes('timeout'),
    statuses,
  }
  return { attempts, perTryMs, on: conditions, idempotent, bodyBytes }
}

function hedgeOf({ hedge }: ConfiguredRoute): HedgeRules | undefined {
  return hedge === undefined ? undefined : { after: hedge.after, minDelayMs: hedgeDelayMinMs, max: hedge.max }
}
