import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { expect, it } from 'vitest'
import { requestMetrics } from './request-metrics.ts'
import { type RequestRecord, requestRecord } from './request-record.ts'

const refused = { endpoint: '10.0.0.1:80', reused: false, ms: 0, error: 'connect_refused' }

const subject = { listener: 'app', method: 'GET', host: 'a', path: '/', startedMs: 1 }

it.each<{ outcome: string; when: string; change: Partial<RequestRecord> }>([
  { outcome: 'success', when: 'a good answer came', change: { status: 200, answeredMs: 5 } },
  {
    outcome: 'success',
    when: 'the app answered 500, which no rule tries again',
    change: { status: 500, answeredMs: 5 },
  },
  { outcome: 'success', when: 'the client went during a good answer', change: { status: 499, answeredMs: 5 } },
  {
    outcome: 'exhausted',
    when: 'the last bad answer was passed on',
    change: { status: 429, answeredMs: 5, notRetriedReason: 'attempts' },
  },
  {
    outcome: 'exhausted',
    when: 'the client went during a bad answer',
    change: { status: 499, answeredMs: 5, notRetriedReason: 'attempts' },
  },
  { outcome: 'exhausted', when: 'the last attempt failed', change: { status: 502, notRetriedReason: 'budget' } },
  { outcome: 'exhausted', when: 'a forward proxy reached no address', change: { status: 502 } },
  { outcome: 'cancelled', when: 'the client went before an answer', change: { status: 499 } },
  { outcome: 'cancelled', when: 'the drain was over before an answer', change: { status: 0 } },
  { outcome: 'cancelled', when: 'the client sent its body too slowly', change: { status: 408 } },
])('counts retries as $outcome when $when', async ({ outcome, change }) => {
  const metrics = createMetrics('ambassador', '0.0.0')
  const record = { ...requestRecord(subject), upstream: 'shop', attempts: [refused, refused, refused], hedges: 1 }
  requestMetrics(metrics).observe({ ...record, ...change }, 1)
  const { text } = await metrics.exposition()
  expect(text.match(/^podmates_ambassador_retries_total.*$/gm)).toEqual([
    `podmates_ambassador_retries_total{upstream="shop",outcome="${outcome}"} 1`,
  ])
})
