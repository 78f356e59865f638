/**
 * What a metric may be called (prometheus.io/docs/practices/naming): base units, `_total` on counters and
 * nowhere else, and no label whose values the outside world chooses. A wrong name is a defect of ours, so it
 * throws at the start, where every test sees it.
 */

export type MetricKind = 'counter' | 'gauge' | 'histogram'

/** The prefix of a sidecar's own metrics: `config-helper` gives `podmates_config_helper_`. */
export function metricPrefix(sidecar: string): string {
  return `podmates_${sidecar.replaceAll('-', '_')}_`
}

const namePattern = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/

/** Units that are not base units, and the base unit to use in their place. */
const baseUnitOf: Readonly<Record<string, string>> = {
  ms: 'seconds',
  milliseconds: 'seconds',
  us: 'seconds',
  minutes: 'seconds',
  hours: 'seconds',
  kb: 'bytes',
  kib: 'bytes',
  mb: 'bytes',
  mib: 'bytes',
  megabytes: 'bytes',
  percent: 'ratio',
}

/** Suffixes that the exposition format adds itself. */
const reservedSuffixes = ['count', 'sum', 'bucket', 'info', 'created']

/** Labels with as many values as there are requests, users or attempts: each value would be a series for ever. */
const unboundedLabels = new Set([
  'address',
  'client',
  'email',
  'error',
  'id',
  'ip',
  'message',
  'path',
  'port',
  'query',
  'request_id',
  'session',
  'target',
  'time',
  'trace_id',
  'uri',
  'url',
  'user',
  'user_agent',
])

/**
 * Says what is wrong with a metric's name or labels.
 * @param name without the sidecar's prefix
 * @returns undefined when all is well
 */
export function metricNameProblem(kind: MetricKind, name: string, labels: readonly string[]): string | undefined {
  if (!namePattern.test(name)) return `"${name}" is not in snake_case`
  const words = name.split('_')
  const wrongUnit = words.find((word) => word in baseUnitOf)
  if (wrongUnit !== undefined) return `"${name}" is in ${wrongUnit}: use the base unit, ${baseUnitOf[wrongUnit]}`
  const last = words.at(-1) ?? ''
  if (kind === 'counter' && last !== 'total') return `the counter "${name}" does not end in _total`
  if (kind !== 'counter' && last === 'total') return `the ${kind} "${name}" ends in _total, as only counters do`
  if (reservedSuffixes.includes(last)) return `"${name}" ends in _${last}, which the format itself adds`
  const badLabel = labels.find((label) => !namePattern.test(label))
  if (badLabel !== undefined) return `the label "${badLabel}" of "${name}" is not in snake_case`
  const unbounded = labels.find((label) => unboundedLabels.has(label))
  if (unbounded !== undefined) return `the label "${unbounded}" of "${name}" has no bound: put it into the log`
  return undefined
}
