import { expect, it } from 'vitest'
import { metricNameProblem, metricPrefix } from './metric-name.ts'

it.each([
  ['counter', 'requests_total', ['upstream', 'code']],
  ['counter', 'retry_tokens_total', []],
  ['gauge', 'connections', ['listener']],
  ['gauge', 'last_reload_timestamp_seconds', []],
  ['histogram', 'request_duration_seconds', ['upstream']],
  ['gauge', 'budget_ratio', []],
] as const)('accepts the %s %s', (kind, name, labels) => {
  expect(metricNameProblem(kind, name, labels)).toBeUndefined()
})

it.each([
  ['counter', 'requests', [], 'the counter "requests" does not end in _total'],
  ['gauge', 'connections_total', [], 'the gauge "connections_total" ends in _total, as only counters do'],
  ['histogram', 'request_duration_ms', [], '"request_duration_ms" is in ms: use the base unit, seconds'],
  ['gauge', 'memory_mib', [], '"memory_mib" is in mib: use the base unit, bytes'],
  ['gauge', 'budget_percent', [], '"budget_percent" is in percent: use the base unit, ratio'],
  ['gauge', 'queue_count', [], '"queue_count" ends in _count, which the format itself adds'],
  ['gauge', 'openConnections', [], '"openConnections" is not in snake_case'],
  ['counter', 'requests_total', ['statusCode'], 'the label "statusCode" of "requests_total" is not in snake_case'],
  ['counter', 'requests_total', ['path'], 'the label "path" of "requests_total" has no bound: put it into the log'],
] as const)('refuses the %s %s with the labels %j', (kind, name, labels, problem) => {
  expect(metricNameProblem(kind, name, labels)).toBe(problem)
})

it('makes the prefix of a sidecar whose name has a dash', () => {
  expect(metricPrefix('config-helper')).toBe('podmates_config_helper_')
})
