/** How targets and statuses stand in the configuration. */
import { type ValueType, valueType } from '@podmates/shared/config/value-type.ts'
import { formatStatusRanges, parseStatusRanges, type StatusRange } from './status-ranges.ts'
import { readTarget, showTarget, type Target } from './target.ts'

const expects = 'what to wait for, such as tcp://db:5432 or http://auth:8080/healthz'

/** `tcp://db:5432` or `http://auth:8080/healthz`. */
export function targetUrl(): ValueType<Target> {
  return valueType({
    name: 'target',
    expects,
    read: (input) => {
      const reading = readTarget(String(input))
      if (reading.ok) return { ok: true, value: reading.target }
      if (reading.problem === 'unreadable') return { ...reading, expected: expects }
      return { ok: false, code: 'PM0109', expected: `${expects} (${reading.scheme} is not supported yet)` }
    },
    format: (target) => (target.kind === 'http' ? target.url : showTarget(target)),
    json: { type: 'string', pattern: '^(tcp|https?)://.' },
  })
}

/** `200`, `200-299` or `200-299,404`. */
export function statusRanges(): ValueType<readonly StatusRange[]> {
  return valueType({
    name: 'statuses',
    expects: 'HTTP statuses such as 200, 200-299 or 200-299,404',
    read: (input) => {
      const ranges = parseStatusRanges(String(input))
      return ranges === undefined ? { ok: false } : { ok: true, value: ranges }
    },
    format: formatStatusRanges,
    json: { type: ['string', 'integer'] },
  })
}
