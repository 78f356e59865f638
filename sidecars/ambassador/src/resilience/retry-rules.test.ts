import { expect, it } from 'vitest'
import { isRetriedStatus, isRetriedTimeout, type RetryPolicy } from './retry-rules.ts'

const rules: RetryPolicy = {
  attempts: 3,
  perTryMs: 500,
  on: { connect: true, reset: true, timeout: false, statuses: new Set([429, 503]) },
  idempotent: 'auto',
  bodyBytes: 65_536,
}

it.each([
  { status: 200, isRetried: false },
  { status: 429, isRetried: true },
  { status: 500, isRetried: false },
  { status: 503, isRetried: true },
])('calls an answer with $status a failed attempt: $isRetried', ({ status, isRetried }) => {
  expect(isRetriedStatus(status, rules)).toBe(isRetried)
  expect(isRetriedStatus(status, 'off')).toBe(false)
})

it.each([
  { timeout: true, statuses: [], isRetried: true },
  { timeout: false, statuses: [504], isRetried: true },
  { timeout: true, statuses: [504], isRetried: true },
  { timeout: false, statuses: [502, 503], isRetried: false },
])('retries a slow attempt with timeout: $timeout and $statuses: $isRetried', ({ timeout, statuses, isRetried }) => {
  expect(isRetriedTimeout({ ...rules.on, timeout, statuses: new Set(statuses) })).toBe(isRetried)
})
