/** What the StatsD side tells about itself: counters on the admin port, and a warning when something is wrong. */
import { collapseRepeats } from '@podmates/shared/log/collapse-repeats.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { IntakeCounts } from './statsd-intake.ts'
import type { StatsdType } from './statsd-line.ts'

export interface IntakeMetrics extends IntakeCounts {
  totals(): IntakeTotals
  /** Writes the warnings that were held back; call it at the end. */
  flush(): void
}

export interface IntakeTotals {
  readonly lines: number
  readonly samples: number
  /** Lines and samples that no series could take, whatever the reason. */
  readonly lost: number
}

export interface IntakeMetricsWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

/** An app with a bad metric sends it thousands of times; a warning comes once in so many milliseconds. */
const warnEveryMs = 10_000

/** The words of StatsD for its types, as a label. */
const typeNames: Readonly<Record<StatsdType, string>> = {
  c: 'counter',
  g: 'gauge',
  ms: 'timer',
  h: 'histogram',
  d: 'distribution',
  s: 'set',
}

export function createIntakeMetrics({ clock, log, metrics }: IntakeMetricsWorld): IntakeMetrics {
  const warnings = collapseRepeats(log, { everyMs: warnEveryMs, exampleFields: ['metric'] }, clock)
  const lines = tally()
  const samples = { c: tally(), g: tally(), ms: tally(), h: tally(), d: tally(), s: tally() }
  let lost = 0

  metrics.counter('statsd_lines_total', 'StatsD lines received, usable or not.', {
    collect: (counter) => counter.inc(lines.takeNew()),
  })
  metrics.counter('statsd_samples_total', 'StatsD samples that a series took.', {
    labels: ['type'],
    collect: (counter) => {
      for (const [type, count] of Object.entries(samples)) {
        counter.inc({ type: typeNames[type as StatsdType] }, count.takeNew())
      }
    },
  })
  const invalidTotal = metrics.counter('statsd_invalid_total', 'StatsD lines or samples that cannot be read.', {
    labels: ['reason'],
  })
  const refusedTotal = metrics.counter('statsd_refused_samples_total', 'StatsD samples that no series may take.', {
    labels: ['reason'],
  })

  return {
    line: () => lines.add(),
    sample: (type) => samples[type].add(),
    invalid(reason, show) {
      lost += 1
      invalidTotal.inc({ reason })
      warnings.warn({ code: 'PM2401', reason }, 'a StatsD line cannot be used; level debug shows each')
      log.debug({ code: 'PM2401', reason, line: show() }, 'this StatsD line cannot be used')
    },
    refused(reason, name) {
      lost += 1
      refusedTotal.inc({ reason })
      warnings.warn({ code: 'PM2402', reason, metric: name }, 'samples of a metric are dropped')
    },
    totals: () => ({
      lines: lines.total(),
      samples: Object.values(samples).reduce((sum, count) => sum + count.total(), 0),
      lost,
    }),
    flush: () => warnings.flush(),
  }
}

/**
 * A number on the hot path, handed over to a counter at each scrape: a plain addition in place of 60 ns for
 * each `inc` of prom-client.
 */
function tally() {
  let count = 0
  let taken = 0
  return {
    add: (): void => {
      count += 1
    },
    total: (): number => count,
    takeNew: (): number => {
      const fresh = count - taken
      taken = count
      return fresh
    },
  }
}
