import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { accessLines } from './access-line.ts'
import { type RequestRecord, requestRecord } from './request-record.ts'

const facts = { level: 'info', wallMs: Date.UTC(2026, 0, 1), durationMs: 1.26 } as const

const accessLine = accessLines()

const record = (change: Partial<RequestRecord>): RequestRecord => ({
  ...requestRecord({ listener: 'app', method: 'GET', host: 'a', path: '/', startedMs: 5 }),
  upstream: 'shop',
  status: 200,
  id: 'f00',
  ...change,
})

it('tells everything about the request but its query', () => {
  const attempts = [
    { endpoint: '10.0.0.1:80', reused: true, ms: 1, error: 'reset' },
    { endpoint: '10.0.0.2:80', reused: false, ms: 2.5, status: 200 },
  ]
  const one = record({ attempts, flags: ['SC'], requestBytes: 3, responseBytes: 5, answeredMs: 6.04 })
  expect(JSON.parse(accessLine(one, facts))).toEqual({
    level: 'info',
    time: '2026-01-01T00:00:00.000Z',
    sidecar: 'ambassador',
    id: 'f00',
    listener: 'app',
    method: 'GET',
    host: 'a',
    path: '/',
    status: 200,
    flags: ['SC'],
    upstream: 'shop',
    attempts,
    ttfb_ms: 1,
    duration_ms: 1.3,
    request_bytes: 3,
    response_bytes: 5,
    msg: 'request',
  })
})

it('leaves out what there is nothing to say of', () => {
  const what = 'a line without a colon'
  const refused = record({ upstream: '', status: 400, code: 'PM2001', what, flags: ['DPE'] })
  expect(Object.keys(JSON.parse(accessLine(refused, facts)))).not.toContain('attempts')
  expect(JSON.parse(accessLine(refused, facts))).toMatchObject({ code: 'PM2001', what, flags: ['DPE'] })
  expect(Object.keys(JSON.parse(accessLine(record({}), facts)))).not.toContain('what')
})

it('is one line of JSON whatever the client, the upstream and the configuration are called', () => {
  const text = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units))
  fc.assert(
    fc.property(text, text, text, text, text, (host, path, endpoint, notRetried, what) => {
      const attempts = [{ endpoint, reused: false, ms: 0, status: 200 }]
      const line = accessLine(record({ host, path, attempts, notRetried, code: 'PM2102', what }), facts)
      expect(line.indexOf('\n')).toBe(line.length - 1)
      expect(JSON.parse(line)).toMatchObject({ host, path, attempts, not_retried: notRetried, what })
    }),
  )
})

it('says times to the tenth of a millisecond, the longest too', () => {
  const attempts = [{ endpoint: 'e', reused: true, ms: 3_600_000.1, status: 200 }]
  const slow = record({ attempts, queueMs: 0.04, answeredMs: 5 + 199.94 })
  expect(JSON.parse(accessLine(slow, { ...facts, durationMs: 200.05 }))).toMatchObject({
    attempts,
    queue_ms: 0,
    ttfb_ms: 199.9,
    duration_ms: 200.1,
  })
})

it('tells endpoints apart, however many came and went', () => {
  const endpoints = Array.from({ length: 3000 }, (_, n) => `10.0.${n >> 8}.${n & 255}:80`)
  for (const endpoint of [...endpoints, ...endpoints]) {
    for (const reused of [true, false]) {
      const line = accessLine(record({ attempts: [{ endpoint, reused, ms: 1, status: 200 }] }), facts)
      expect(JSON.parse(line).attempts).toEqual([{ endpoint, reused, ms: 1, status: 200 }])
    }
  }
})

it('cuts a text of more than 8192 letters', () => {
  const { path } = JSON.parse(accessLine(record({ path: `/${'x'.repeat(9000)}` }), facts))
  expect(path).toBe(`/${'x'.repeat(8191)}[cut]`)
})

it('says of each request what is true of it, however like it is to the one before', () => {
  const oneOf = <T>(...values: T[]) => fc.constantFrom(...values)
  const any = fc.record({
    listener: oneOf('app', 'in'),
    method: oneOf('GET', 'PUT'),
    host: oneOf('a', 'b', ''),
    upstream: oneOf('shop', 'stock'),
    status: oneOf(200, 204, 404),
    level: oneOf('info' as const, 'warn' as const),
    wallMs: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(any, { minLength: 2, maxLength: 20 }), (requests) => {
      const lineOf = accessLines()
      for (const { level, wallMs, ...fields } of requests) {
        const time = `1970-01-01T00:00:00.00${wallMs}Z`
        const line = JSON.parse(lineOf(record(fields), { level, wallMs, durationMs: 1 }))
        expect(line).toMatchObject({ ...fields, level, time })
      }
    }),
  )
})
