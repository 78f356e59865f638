/** Counts requests. Labels come from the config and from short fixed lists, never from the traffic: their number is bounded. */
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import type { RequestRecord } from './request-record.ts'

export interface RequestMetrics {
  /** @param seconds from the head of the request to the end of the answer */
  observe(record: RequestRecord, seconds: number): void
}

/** Seconds; from what a local call takes to the longest timeout that makes sense. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]

interface Series {
  readonly count: { inc(): void }
  readonly seconds: { observe(value: number): void }
}

export function requestMetrics(metrics: Metrics): RequestMetrics {
  const requests = metrics.counter('requests_total', 'Requests by how they ended; status is 2xx, 4xx and so on.', {
    labels: ['listener', 'upstream', 'status', 'flag', 'code'],
  })
  const durations = metrics.histogram('request_seconds', 'From the head of a request to the end of its answer.', {
    labels: ['listener', 'upstream'],
    buckets,
  })
  const retries = metrics.counter('retries_total', 'Attempts after the first, by how the request ended.', {
    labels: ['upstream', 'outcome'],
  })
  // Looking a series up by its labels costs 1 us in the library; by one joined key it does not.
  const known = new Map<string, Series>()

  return {
    observe(record, seconds) {
      const { listener, upstream, attempts } = record
      const status = `${Math.floor(record.status / 100)}xx`
      const flag = record.flags.at(-1) ?? ''
      const code = record.code ?? ''
      const key = `${listener} ${upstream} ${status} ${flag} ${code}`
      let series = known.get(key)
      if (series === undefined) {
        series = {
          count: requests.labels({ listener, upstream, status, flag, code }),
          seconds: durations.labels({ listener, upstream }),
        }
        known.set(key, series)
      }
      series.count.inc()
      series.seconds.observe(seconds)
      if (attempts.length > 1) {
        retries.inc({ upstream, outcome: record.status < 500 ? 'success' : 'exhausted' }, attempts.length - 1)
      }
    },
  }
}
