/**
 * Where each request ends up: one log line, its metrics, and, when the ambassador answers itself, the
 * answer that explains it. All three are made from the same record, so they never disagree.
 */
import { isWritten, type Logger } from '@podmates/shared/log/logger.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import { accessLines } from './access-line.ts'
import type { Outcome } from './outcome.ts'
import { type OwnAnswer, ownAnswer } from './own-answer.ts'
import { requestIds } from './request-ids.ts'
import type { RequestMetrics } from './request-metrics.ts'
import type { RequestRecord } from './request-record.ts'

/** Which requests are logged. With `errors` and `sample`, all that failed or were retried are. */
export type AccessPolicy = 'off' | 'errors' | 'all' | { readonly sample: number }

export interface RequestObserver {
  /** Settles how the request ends and writes the answer for it. */
  ownAnswer(outcome: Outcome, record: RequestRecord): OwnAnswer
  /** The request is over. Call it once. */
  end(record: RequestRecord): void
}

export interface RequestObserverWorld {
  readonly clock: Clock
  readonly random: Random
  /** Its level is asked; the lines go to `writeLine`. */
  readonly log: Pick<Logger, 'level'>
  readonly writeLine: (line: string) => void
  readonly metrics: RequestMetrics
}

export function requestObserver(
  access: AccessPolicy,
  { clock, random, log, writeLine, metrics }: RequestObserverWorld,
): RequestObserver {
  const lineOf = accessLines()
  const newId = requestIds(random)
  return {
    ownAnswer(outcome, record) {
      record.status = outcome.status
      record.code = outcome.code
      record.what = outcome.what
      if (outcome.flag !== undefined) record.flags.push(outcome.flag)
      record.id ??= newId()
      const answer = ownAnswer(outcome, record, record.id)
      if (record.method !== 'HEAD') record.responseBytes = answer.body.length
      return answer
    },
    end(record) {
      const durationMs = clock.now() - record.startedMs
      metrics.observe(record, durationMs / 1000)
      const isBad = record.status >= 500 || record.flags.length > 0 || record.attempts.length > 1
      const level = isBad ? 'warn' : 'info'
      if (!isAsked(access, level, random) || !isWritten(level, log.level)) return
      record.id ??= newId()
      writeLine(lineOf(record, { level, wallMs: clock.wall(), durationMs }))
    },
  }
}

function isAsked(access: AccessPolicy, level: 'warn' | 'info', random: Random): boolean {
  const isBad = level === 'warn'
  if (access === 'errors') return isBad
  if (access === 'off') return false
  return access === 'all' || isBad || random.next() < access.sample
}
