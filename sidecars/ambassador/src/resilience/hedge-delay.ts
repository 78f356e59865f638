/** When a hedge is due, as the configuration says it: `50ms`, or `p95` of what answers took lately. */

import { type ValueType, valueType } from '@podmates/shared/config/value-type.ts'
import { formatDuration, parseDuration } from '@podmates/shared/config/values/duration.ts'
import type { HedgeRules } from './hedge-plan.ts'

type HedgeDelay = HedgeRules['after']

const quantiles: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 }

/** @returns undefined when it is neither. Never throws. */
export function parseHedgeDelay(text: string): HedgeDelay | undefined {
  if (Object.hasOwn(quantiles, text)) return { quantile: quantiles[text] ?? 0 }
  const ms = parseDuration(text)
  return ms === undefined || ms === 0 ? undefined : { ms }
}

/** The text that `parseHedgeDelay` reads. */
export function formatHedgeDelay(delay: HedgeDelay): string {
  return 'ms' in delay ? formatDuration(delay.ms) : `p${Math.round(delay.quantile * 100)}`
}

/** The value type of `hedge.after`. */
export function hedgeDelay(): ValueType<HedgeDelay> {
  return valueType({
    name: 'delay',
    expects: 'a duration such as 50ms, or one of p50, p90, p95, p99',
    read: (input) => {
      const value = parseHedgeDelay(String(input))
      return value === undefined ? { ok: false } : { ok: true, value }
    },
    format: formatHedgeDelay,
    json: { type: 'string', pattern: '^(p50|p90|p95|p99|[0-9.hms]+)$' },
  })
}
