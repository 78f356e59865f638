/** Counts requests. Labels come from the config and from short fixed lists, never from the traffic: their number is bounded. */
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import type { Tally } from '@podmates/shared/metrics/tallied-histogram.ts'
import type { RequestRecord } from './request-record.ts'

export interface RequestMetrics {
  /** @param seconds from the head of the request to the end of the answer */
  observe(record: RequestRecord, seconds: number): void
}

/** Seconds; from what a local call takes to the longest timeout that makes sense. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]

const statusClasses = ['none', '1xx', '2xx', '3xx', '4xx', '5xx']

interface Series {
  count: number
  readonly seconds: Tally
  readonly firstByteSeconds: Tally
  readonly labels: Readonly<Record<'listener' | 'upstream' | 'status' | 'flag' | 'code', string>>
}

export function requestMetrics(metrics: Metrics): RequestMetrics {
  // Looking a series up by its labels costs 1 us in the library; by one joined key it does not.
  const known = new Map<string, Series>()
  let last: Series | undefined
  metrics.counter('requests_total', 'Requests by how they ended; status is 2xx, 4xx and so on.', {
    labels: ['listener', 'upstream', 'status', 'flag', 'code'],
    collect: (counter) => {
      for (const series of known.values()) {
        if (series.count > 0) counter.inc(series.labels, series.count)
        series.count = 0
      }
    },
  })
  const durations = talliedByRoute('request_seconds', 'From the head of a request to the end of its answer.')
  const firstBytes = talliedByRoute('first_byte_seconds', 'From the head of a request to the head of its answer.')
  const retries = metrics.counter('retries_total', 'Attempts after the first, hedges aside, by what they came to.', {
    labels: ['upstream', 'outcome'],
  })
  const refusals = metrics.counter('retries_refused_total', 'Failed attempts that were the last, by why.', {
    labels: ['upstream', 'reason'],
  })
  const failures = metrics.counter('attempts_failed_total', 'Attempts without an answer, by what went wrong.', {
    labels: ['upstream', 'reason'],
  })
  const stale = metrics.counter('stale_connections_total', 'Kept connections that a request found closed.', {
    labels: ['upstream'],
  })
  const hedges = metrics.counter('hedges_total', 'Attempts beside one that took long, by whose answer was taken.', {
    labels: ['upstream', 'outcome'],
  })

  const notHedged = metrics.counter(
    'hedges_refused_total',
    'Requests with a hedge that was allowed and not sent, by the last reason.',
    {
      labels: ['upstream', 'reason'],
    },
  )

  return {
    observe(record, seconds) {
      const series = seriesOf(record)
      series.count += 1
      series.seconds.observe(seconds)
      if (record.answeredMs !== 0) series.firstByteSeconds.observe((record.answeredMs - record.startedMs) / 1000)
      const { attempts, notRetriedReason } = record
      if (attempts.length > 1 || notRetriedReason !== undefined || attempts[0]?.error !== undefined)
        countAttempts(record)
      if (record.notHedged !== undefined) notHedged.inc({ upstream: record.upstream, reason: record.notHedged })
    },
  }

  function talliedByRoute(name: string, help: string): (listener: string, upstream: string) => Tally {
    const histogram = metrics.talliedHistogram(name, help, { labels: ['listener', 'upstream'], buckets })
    const made = new Map<string, Tally>()
    return (listener, upstream) => {
      const key = `${listener} ${upstream}`
      const tally = made.get(key) ?? histogram.labels({ listener, upstream })
      made.set(key, tally)
      return tally
    }
  }

  /** Hot: most requests end like the one before, so its series is asked first; making the key costs more than the count. */
  function seriesOf(record: RequestRecord): Series {
    const { listener, upstream, status, flags } = record
    const code = record.code ?? ''
    const statusClass = statusClasses[Math.floor(status / 100)] ?? 'none'
    const flag = flags.length === 0 ? '' : (flags.at(-1) ?? '')
    const like = last?.labels
    if (
      last !== undefined &&
      like?.listener === listener &&
      like.upstream === upstream &&
      like.status === statusClass
    ) {
      if (like.flag === flag && like.code === code) return last
    }
    const key = `${listener} ${upstream} ${statusClass} ${flag} ${code}`
    const series = known.get(key) ?? createSeries({ listener, upstream, status: statusClass, flag, code })
    known.set(key, series)
    last = series
    return series
  }

  function createSeries(labels: Series['labels']): Series {
    const { listener, upstream } = labels
    return {
      count: 0,
      labels,
      seconds: durations(listener, upstream),
      firstByteSeconds: firstBytes(listener, upstream),
    }
  }

  function countAttempts(record: RequestRecord): void {
    const { upstream, notRetriedReason: reason } = record
    const retried = record.attempts.length - 1 - record.hedges
    if (retried > 0) retries.inc({ upstream, outcome: retryOutcome(record) }, retried)
    if (reason !== undefined) refusals.inc({ upstream, reason })
    for (const { error } of record.attempts) if (error !== undefined) failures.inc({ upstream, reason: error })
    if (record.flags.includes('SC')) stale.inc({ upstream })
    if (record.hedges === 0) return
    const lost = record.hedges - (record.isHedgeAnswer ? 1 : 0)
    if (record.isHedgeAnswer) hedges.inc({ upstream, outcome: 'won' })
    if (lost > 0) hedges.inc({ upstream, outcome: 'lost' }, lost)
  }
}

/**
 * What the retries of a request came to. A success is an answer that no rule would try again, as Envoy counts it
 * (`upstream_rq_retry_success`), whatever became of it on its way to the client.
 */
function retryOutcome({ notRetriedReason, answeredMs, status }: RequestRecord): 'success' | 'exhausted' | 'cancelled' {
  if (notRetriedReason !== undefined) return 'exhausted'
  if (answeredMs !== 0) return 'success'
  // Before any answer: the client went (499), was cut off (0), or broke its own request (4xx), and nobody knows what would have come.
  return status < 500 ? 'cancelled' : 'exhausted'
}
