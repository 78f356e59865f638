/** What an output tells the world about itself: each event in one log line and its metric. */
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { type Standing, verdictOf } from './output-standing.ts'
import { type Generation, shortHash } from './publish/generation.ts'
import type { Delivery, Reason } from './reload/delivery.ts'
import type { Fault } from './render/fault.ts'

/** Milliseconds between lines about the same failure to write: a full volume is tried several times in a second. */
const failedWriteEveryMs = 10_000

export type OutputMetrics = ReturnType<typeof createOutputMetrics>

const convergenceBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** The metrics of all outputs; made once, each output is a label. */
export function createOutputMetrics(metrics: Metrics) {
  const labels = ['output'] as const
  return {
    published: metrics.counter('config_publishes_total', 'Generations written, rollbacks included.', { labels }),
    failedWrites: metrics.counter('config_publish_failures_total', 'Generations that could not be written.', {
      labels,
    }),
    refused: metrics.counter('config_refusals_total', 'Versions of the sources that were not fit to publish.', {
      labels,
    }),
    rolledBack: metrics.counter('config_rollbacks_total', 'Generations taken back because the app did not take them.', {
      labels,
    }),
    attempts: metrics.counter('config_reload_attempts_total', 'Times that the app was told or asked, by its answer.', {
      labels: ['output', 'attempt', 'answer'],
    }),
    successful: metrics.gauge(
      'config_last_reload_successful',
      'Whether the newest version of the sources is in use: 1 acknowledged, 0 refused by the checks, by the app or by the disk.',
      { labels },
    ),
    successTime: metrics.gauge(
      'config_last_reload_success_timestamp_seconds',
      'When the app last acknowledged a version.',
      { labels },
    ),
    hash: metrics.gauge(
      'config_hash',
      'The first 48 bits of the hash of the version that is observed in the sources, published on the volume, or acknowledged by the app.',
      { labels: ['output', 'stage'] },
    ),
    convergence: metrics.histogram(
      'config_convergence_seconds',
      'From the first sign of a change until its version was published, and until it was acknowledged.',
      { labels: ['output', 'stage'], buckets: convergenceBuckets },
    ),
  }
}

/** One sentence for each event in the life of an output; every call writes its line and moves its metrics. */
export interface OutputJournal {
  /** Something was published before this process began. */
  found(generation: Generation): void
  /** Something was published before this process began, and it cannot be read. */
  unusable(because: Reason): void
  /** The sources hold a version that may be published. @param sinceMs when its first change was seen, monotonic */
  observed(generation: Generation, sinceMs: number): void
  /** The sources hold a version that may not be published. */
  refused(faults: readonly Fault[]): void
  /** The app was told or asked. @param because unless the answer is yes */
  answered(attempt: 'notify' | 'verify', answer: string, because: Reason | undefined): void
  writeFailed(because: Reason): void
  /** Compares the delivery before and after an event, and tells what has become of it. */
  moved(before: Delivery, after: Delivery): void
  /** Shows where the output stands now. */
  stands(standing: Standing): void
}

/** @param output its name: a field of every line and a label of every metric */
export function createOutputJournal(
  output: string,
  { log: parent, metrics, clock }: { log: Logger; metrics: OutputMetrics; clock: Clock },
): OutputJournal {
  const log = parent.child({ output })
  // Series that begin at 0 let a first failure show as an increase.
  for (const counter of [metrics.published, metrics.failedWrites, metrics.refused, metrics.rolledBack]) {
    counter.inc({ output }, 0)
  }
  for (const stage of ['observed', 'published', 'acknowledged']) metrics.hash.set({ output, stage }, 0)
  let newest: { readonly hash: string; readonly sinceMs: number } | undefined
  let told: string | undefined
  /** The last failed write that was logged, since the last one that succeeded. */
  let failedWrite: { readonly trouble: string; readonly loggedMs: number } | undefined

  return {
    found({ hash, files }) {
      metrics.hash.set({ output, stage: 'published' }, numberOf(hash))
      log.info({ hash: shortHash(hash), files: files.size }, 'found what was published before')
    },
    unusable(because) {
      log.warn({ ...because }, 'what was published before cannot be used, publishing anew')
    },
    observed(generation, sinceMs) {
      newest = { hash: generation.hash, sinceMs }
      metrics.hash.set({ output, stage: 'observed' }, numberOf(generation.hash))
    },
    refused(faults) {
      metrics.refused.inc({ output })
      log.warn(
        { code: faults[0]?.code, faults: faults.map(({ code, message }) => `${code} ${message}`) },
        'version refused, the published one stays',
      )
    },
    answered(attempt, answer, because) {
      metrics.attempts.inc({ output, attempt, answer })
      if (because === undefined) {
        told = undefined
        return
      }
      const line = { attempt, answer, ...because }
      // The same trouble many times over is news once; the metric counts on.
      const trouble = because.code === undefined ? answer : because.reason
      const isNews = told !== trouble
      told = trouble
      if (answer === 'died') log.error(line, 'the app ended by the signal, no more signals are sent')
      else if (isNews && because.code !== undefined) log.warn(line, 'the app cannot be told')
      else if (isNews && answer === 'unreached') log.info(line, 'waiting for the app')
      else log.debug(line, 'the app has not acknowledged yet')
    },
    writeFailed(because) {
      metrics.failedWrites.inc({ output })
      const trouble = because.code ?? because.reason
      const nowMs = clock.now()
      const isOld = failedWrite?.trouble === trouble && nowMs - failedWrite.loggedMs < failedWriteEveryMs
      if (isOld) return
      failedWrite = { trouble, loggedMs: nowMs }
      log.error({ ...because }, 'could not publish, trying again')
    },
    moved(before, after) {
      if (after.published !== before.published && after.published !== undefined) published(after, after.published)
      if (after.failure !== undefined && after.failure !== before.failure) failed(before, after)
      if (after.acknowledged !== before.acknowledged) acknowledged(after)
    },
    stands(standing) {
      const verdict = verdictOf(standing)
      if (verdict !== 'converging') metrics.successful.set({ output }, verdict === 'current' ? 1 : 0)
    },
  }

  function published(delivery: Delivery, { hash, files }: Generation): void {
    told = undefined
    failedWrite = undefined
    metrics.published.inc({ output })
    metrics.hash.set({ output, stage: 'published' }, numberOf(hash))
    const isRollback = delivery.failure !== undefined && delivery.failure.hash !== hash
    const line = { hash: shortHash(hash), files: files.size, ...converged('published', hash) }
    log.info(line, isRollback ? 'rolled back' : 'published')
  }

  function acknowledged({ acknowledged: hash }: Delivery): void {
    metrics.hash.set({ output, stage: 'acknowledged' }, hash === undefined ? 0 : numberOf(hash))
    if (hash === undefined) return
    metrics.successTime.set({ output }, clock.wall() / 1000)
    log.info({ hash: shortHash(hash), ...converged('acknowledged', hash) }, 'acknowledged')
  }

  function failed(before: Delivery, { failure, work }: Delivery): void {
    const line = { code: 'PM3101', hash: shortHash(failure?.hash ?? ''), reason: failure?.reason, cause: failure?.code }
    if (work.state === 'given-up') log.error(line, 'the app did not take the version, giving up')
    else if (work.state === 'publishing') {
      metrics.rolledBack.inc({ output })
      log.error(
        { ...line, back_to: shortHash(before.good?.hash ?? '') },
        'the app did not take the version, rolling back',
      )
    } else if (failure?.hash !== before.failure?.hash || failure?.reason !== before.failure?.reason) {
      // An app that refuses at once is told every few seconds; the same refusal is news once.
      log.error(line, 'the app did not take the version, telling it again')
    }
  }

  /** How long the newest version took; what is older, or was there before, took no time that means anything. */
  function converged(stage: 'published' | 'acknowledged', hash: string): { duration_ms?: number } {
    if (newest?.hash !== hash) return {}
    const durationMs = clock.now() - newest.sinceMs
    metrics.convergence.observe({ output, stage }, durationMs / 1000)
    return { duration_ms: Math.round(durationMs) }
  }
}

/** A gauge holds whole numbers up to 2^53 exactly, so 48 bits of the hash can be compared between stages and Pods. */
function numberOf(hash: string): number {
  return Number.parseInt(shortHash(hash), 16)
}
