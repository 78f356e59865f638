/**
 * What the checks of an endpoint say so far. The first result decides alone: a good one admits the endpoint,
 * a bad one keeps requests away from it at once. Until then it counts as healthy, because the app's first
 * requests must not be refused for want of a check; they find out themselves.
 */
import type { HealthRules } from '../upstream-options.ts'

export type Health =
  | { readonly state: 'unknown' }
  /** @property bad checks in a row */
  | { readonly state: 'healthy'; readonly bad: number }
  /** @property good checks in a row */
  | { readonly state: 'unhealthy'; readonly good: number }

export type CheckResult = 'good' | 'bad'

export const unknownHealth: Health = { state: 'unknown' }

/** One more check has ended. */
export function afterCheck(
  health: Health,
  result: CheckResult,
  rules: Pick<HealthRules, 'healthy' | 'unhealthy'>,
): Health {
  switch (health.state) {
    case 'unknown':
      return result === 'good' ? { state: 'healthy', bad: 0 } : { state: 'unhealthy', good: 0 }
    case 'healthy': {
      const bad = result === 'good' ? 0 : health.bad + 1
      return bad >= rules.unhealthy ? { state: 'unhealthy', good: 0 } : { state: 'healthy', bad }
    }
    case 'unhealthy': {
      const good = result === 'bad' ? 0 : health.good + 1
      return good >= rules.healthy ? { state: 'healthy', bad: 0 } : { state: 'unhealthy', good }
    }
  }
}
