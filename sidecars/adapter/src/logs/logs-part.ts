/** The log half of the adapter, end to end: files are tailed, lines parsed, secrets hidden, records written to stdout. */
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { type LineFormat, parseLine } from './parse/parse-line.ts'
import { redactorFor } from './parse/redact-keys.ts'
import { originOf, otelJson } from './sink/otel-json.ts'
import type { StreamSink } from './sink/stream-sink.ts'
import { type CheckpointStore, createCheckpointStore, noCheckpoints } from './tail/checkpoint.ts'
import { createLogTailer, type LineBatch } from './tail/log-tailer.ts'

export interface LogInput {
  readonly files: readonly string[]
  readonly exclude: readonly string[]
  readonly format: LineFormat
  /** Bytes; a longer line is given out in pieces. */
  readonly maxLine: number
}

export interface LogsOptions {
  readonly inputs: readonly LogInput[]
  readonly redact: { readonly keys: readonly string[]; readonly replacement: string }
  /** Where positions are kept; without it every file is read from its start after a restart. */
  readonly checkpointDir?: string | undefined
}

export interface LogsWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly sink: StreamSink
  /** A part cannot go on: the sink is gone. */
  fail(error: unknown): void
}

/** The parts, one for each input, and what they have done so far. */
export interface Logs {
  readonly parts: readonly Part[]
  figures(): { readonly lines: number; readonly files: number; readonly lagBytes: number }
}

/** A quarter of a second (250 ms) until a line or a new file is seen; five seconds for the writer of a rotated one to let go. */
const timing = { pollMs: 250, discoverMs: 250, rotateWaitMs: 5000, checkpointMs: 1000, checkpointBytes: 1024 * 1024 }
const chunkBytes = 256 * 1024

export function createLogs(options: LogsOptions, { clock, log, metrics, sink, fail }: LogsWorld): Logs {
  const linesTotal = metrics.counter('log_lines_total', 'Log lines read and written.')
  const bytesTotal = metrics.counter('log_read_bytes_total', 'Bytes of log lines read and written.')
  const splitTotal = metrics.counter('log_lines_split_total', 'Pieces of lines that were too long or had no end.')
  const truncations = metrics.counter('log_truncations_total', 'Log files that were truncated while they were read.', {
    labels: ['rest'],
  })
  const missed = metrics.counter('log_missed_files_total', 'Rotated log files that were gone before they were read.', {
    labels: ['reason'],
  })
  const redact = redactorFor(options.redact.keys, options.redact.replacement)
  const tailers = options.inputs.map((input, index) =>
    createLogTailer(
      { ...input, ...timing, lineBytesMax: input.maxLine, chunkBytes },
      {
        clock,
        log,
        checkpoints: storeFor(options.checkpointDir, index),
        deliver: (batch) => deliver(batch, input.format),
        onTruncated: (rest) => truncations.inc({ rest }),
        onMissed: (files, reason) => missed.inc({ reason }, files),
      },
    ),
  )
  let lines = 0

  const total = (pick: 'files' | 'lagBytes'): number => tailers.reduce((sum, tailer) => sum + tailer.figures()[pick], 0)
  metrics.gauge('log_files', 'Log files that are open.', { collect: (gauge) => gauge.set(total('files')) })
  metrics.gauge('log_lag_bytes', 'Bytes that the app wrote and that are not yet written on.', {
    collect: (gauge) => gauge.set(total('lagBytes')),
  })
  async function deliver({ path, lines: batch }: LineBatch, format: LineFormat): Promise<void> {
    const text = batch.map((line) => otelJson(redact(parseLine(line.text, format)), originOf(path, line))).join('')
    await sink.write(text)
    lines += batch.length
    linesTotal.inc(batch.length)
    bytesTotal.inc(batch.reduce((sum, line) => sum + Buffer.byteLength(line.text), 0))
    splitTotal.inc(batch.filter((line) => line.partial).length)
  }

  const parts = tailers.map((tailer, index): Part => {
    const over = new AbortController()
    let running: Promise<void> = Promise.resolve()
    return {
      name: `logs ${options.inputs[index]?.files.join(' ')}`,
      async start() {
        await tailer.start()
        running = tailer.run(over.signal).catch(fail)
      },
      async stop(deadline) {
        over.abort()
        await running
        await tailer.finish(deadline)
        return { lines, unread_bytes: tailer.figures().lagBytes }
      },
    }
  })
  return { parts, figures: () => ({ lines, files: total('files'), lagBytes: total('lagBytes') }) }
}

/** Each input has a directory of its own, so that two never overwrite each other's positions. */
function storeFor(dir: string | undefined, index: number): CheckpointStore {
  return dir === undefined ? noCheckpoints : createCheckpointStore(`${dir}/input-${index}`)
}
