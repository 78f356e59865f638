/** What the ambassador can run with and nobody can have meant: each is certain, and says what follows from it. */
import type { Warn } from '@podmates/shared/config/define-config.ts'
import { formatDuration } from '@podmates/shared/config/values/duration.ts'
import { formatSize } from '@podmates/shared/config/values/size.ts'
import type { AmbassadorConfig } from './config.ts'
import { isLocal } from './listener/listener.ts'
import { covers } from './route/route-cover.ts'
import { type ConfiguredRoute, defaultBodyBytes, type ShortRoute } from './route/route-keys.ts'

type Path = readonly (string | number)[]

type AnyRoute = ShortRoute & { readonly match?: ConfiguredRoute['match'] }

/** A route, or a listener that is one, with its place. */
interface Placed {
  readonly path: Path
  readonly route: AnyRoute
}

export function warnOfConfig(config: AmbassadorConfig, warn: Warn): void {
  const routes = Object.entries(config.listeners).flatMap(([name, listener]) => routesOf(name, listener))
  for (const [name, listener] of Object.entries(config.listeners)) {
    warnOfCovered(['listeners', name, 'routes'], listener.routes ?? [], warn)
    if (listener.forward === undefined || isLocal(listener.address)) continue
    const sentence = 'a forward proxy that other Pods can use'
    warn(['listeners', name, 'forward'], { code: 'PM0307', sentence, mark: 'key' })
  }
  for (const placed of routes) {
    warnOfBody(placed, config.limits.replayBytes, warn)
    warnOfHedge(placed, config.upstreams, warn)
  }
  for (const name of Object.keys(config.upstreams)) {
    if (routes.some(({ route }) => route.upstream === name)) continue
    const sentence = `no listener and no route leads to "${name}"`
    warn(['upstreams', name], { code: 'PM0303', sentence, mark: 'key' })
  }
}

function routesOf(name: string, listener: AmbassadorConfig['listeners'][string]): Placed[] {
  const { routes } = listener
  if (routes === undefined) return [{ path: ['listeners', name], route: listener }]
  return routes.map((route, index) => ({ path: ['listeners', name, 'routes', index], route }))
}

function warnOfCovered(path: Path, routes: readonly ConfiguredRoute[], warn: Warn): void {
  for (const [index, { match }] of routes.entries()) {
    const earlier = routes.slice(0, index).findIndex((each) => covers(each.match, match))
    if (earlier === -1) continue
    const sentence = `this route never matches: routes[${earlier}] before it takes every request that it would`
    warn([...path, index], { code: 'PM0302', sentence })
  }
}

function warnOfBody({ path, route: { retry = 'off' } }: Placed, replayBytes: number, warn: Warn): void {
  // With 0 bodies are not kept at all, and that is meant.
  if (retry === 'off' || replayBytes === 0 || retry.bodyBytes <= replayBytes) return
  // Nobody asked for the default.
  if (retry.bodyBytes === defaultBodyBytes) return
  const sentence = `limits.replayBytes keeps ${formatSize(replayBytes)} of all bodies together, so one of ${formatSize(retry.bodyBytes)} never finds room`
  warn([...path, 'retry', 'bodyBytes'], { code: 'PM0304', sentence })
}

function warnOfHedge({ path, route }: Placed, upstreams: AmbassadorConfig['upstreams'], warn: Warn): void {
  const { hedge, retry = 'off', upstream = '' } = route
  if (hedge === undefined) return
  const perTry = retry === 'off' ? undefined : retry.perTry
  if (perTry !== undefined && 'ms' in hedge.after && hedge.after.ms >= perTry) {
    const sentence = `an attempt is given up after ${formatDuration(perTry)}, so no hedge is sent beside it`
    warn([...path, 'hedge', 'after'], { code: 'PM0305', sentence })
  }
  const others = (upstreams[upstream]?.endpoints?.length ?? Number.POSITIVE_INFINITY) - 1
  if (hedge.max <= others) return
  const sentence = `the upstream "${upstream}" has ${others} other ${others === 1 ? 'endpoint' : 'endpoints'}, and a hedge never goes to one twice`
  warn([...path, 'hedge', 'max'], { code: 'PM0306', sentence })
}
