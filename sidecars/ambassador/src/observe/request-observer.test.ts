import type { LogLevel } from '@podmates/shared/log/logger.ts'
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { seededRandom } from '@podmates/shared/world/random.ts'
import { describe, expect, it } from 'vitest'
import { outcomes } from './outcome.ts'
import { requestMetrics } from './request-metrics.ts'
import { type AccessPolicy, requestObserver } from './request-observer.ts'
import { type RequestRecord, requestRecord } from './request-record.ts'

function observing(access: AccessPolicy, level: LogLevel = 'info') {
  const lines: Record<string, unknown>[] = []
  const log = { level }
  const metrics = createMetrics('ambassador', '0.0.0')
  const writeLine = (line: string): void => void lines.push(JSON.parse(line))
  const world = { clock: fakeClock(), random: seededRandom(1), log, writeLine, metrics: requestMetrics(metrics) }
  return { lines, metrics, observer: requestObserver(access, world) }
}

const record = (change: Partial<RequestRecord>): RequestRecord => ({
  ...requestRecord({ listener: 'app', method: 'GET', host: 'a', path: '/', startedMs: 0 }),
  upstream: 'shop',
  status: 200,
  attempts: [{ endpoint: '10.0.0.1:80', reused: true, ms: 1, status: 200 }],
  ...change,
})

const good = record({})
const retried = record({
  attempts: [{ endpoint: 'a', reused: false, ms: 0, error: 'connect_refused' }, ...good.attempts],
})
const failed = record({ status: 502, flags: ['UF'], code: 'PM2103' })
const notFound = record({ status: 404 })
const broken = record({ status: 500 })

describe('writes a line', () => {
  it.each<{ access: AccessPolicy; lines: string[] }>([
    { access: 'off', lines: [] },
    { access: 'errors', lines: ['retried', 'failed', 'broken'] },
    { access: 'all', lines: ['good', 'retried', 'failed', 'notFound', 'broken'] },
    { access: { sample: 0 }, lines: ['retried', 'failed', 'broken'] },
    { access: { sample: 1 }, lines: ['good', 'retried', 'failed', 'notFound', 'broken'] },
  ])('with access $access for $lines', ({ access, lines: expected }) => {
    const { lines, observer } = observing(access)
    const written = Object.entries({ good, retried, failed, notFound, broken }).filter(([, each]) => {
      const before = lines.length
      observer.end({ ...each })
      return lines.length > before
    })
    expect(written.map(([name]) => name)).toEqual(expected)
  })

  it('for the share that is asked for', () => {
    const { lines, observer } = observing({ sample: 0.1 })
    for (let index = 0; index < 1000; index += 1) observer.end(record({}))
    expect(lines.length).toBeGreaterThan(70)
    expect(lines.length).toBeLessThan(130)
  })

  it('only where the level of the log lets it through', () => {
    const { lines, observer } = observing('all', 'warn')
    observer.end({ ...good })
    observer.end({ ...failed })
    expect(lines.map(({ status, level }) => [status, level])).toEqual([[502, 'warn']])
  })
})

it('gives line, answer and metric the same code and the line and the answer the same id', async () => {
  const { lines, metrics, observer } = observing('errors')
  const one = record({ attempts: [], status: 0 })
  const { head, body } = observer.ownAnswer(outcomes.noEndpoint, one)
  observer.end(one)
  expect(head).toContain('podmates-error: PM2101\r\n')
  expect(JSON.parse(body)).toMatchObject({ code: 'PM2101', id: lines[0]?.id, status: 503 })
  expect(lines[0]).toMatchObject({ code: 'PM2101', flags: ['UH'], status: 503 })
  const { text } = await metrics.exposition()
  expect(text).toContain(
    'podmates_ambassador_requests_total{listener="app",upstream="shop",status="5xx",flag="UH",code="PM2101"} 1',
  )
})

it('writes own answers in ASCII, so that their length in characters is their length in bytes', () => {
  const { observer } = observing('off')
  const { head, body } = observer.ownAnswer({ ...outcomes.noRoute, what: 'für "alle" 🙂\n' }, record({}))
  expect(Buffer.byteLength(body)).toBe(body.length)
  expect(head).toContain(`content-length: ${body.length}\r\n`)
  expect(JSON.parse(body).what).toBe('für "alle" 🙂\n')
})
