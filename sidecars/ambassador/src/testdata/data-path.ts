/** The whole data path in this process, from a configuration as a user writes it, for tests over real sockets. */
import { loadConfig } from '@podmates/shared/config/load-config.ts'
import type { Part, StopFacts } from '@podmates/shared/lifecycle/part.ts'
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { type RecordingLog, recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { type Clock, systemClock } from '@podmates/shared/world/clock.ts'
import { seededRandom } from '@podmates/shared/world/random.ts'
import { configDefinition } from '../config.ts'
import { createParts } from '../parts.ts'

export interface DataPath extends AsyncDisposable {
  /** The port that a listener with port 0 has got. */
  port(listener: string): number
  readonly log: RecordingLog
  /** The fields of the request lines so far. */
  requests(): Record<string, unknown>[]
  /** How many request lines were written so far. */
  requestCount(): number
  /** The value of one series, 0 when it is not there. @param series as in the exposition, without the prefix */
  metric(series: string): Promise<number>
  /** The names of all metrics, without the prefix. */
  metricNames(): Promise<string[]>
  drain(): void
  /** Stops the listeners as SIGTERM does. @param deadline aborts to cut what is left */
  stop(deadline?: AbortSignal): Promise<StopFacts[]>
}

export async function startDataPath(yaml: string, clock: Clock = systemClock): Promise<DataPath> {
  const loaded = loadConfig(configDefinition, { file: 'test.yaml', text: yaml }, { env: {}, readFile: noFiles })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
  const log = recordingLog()
  const metrics = createMetrics('ambassador', '0.0.0')
  const accessLines: Record<string, unknown>[] = []
  const writeLine = (line: string): void => void accessLines.push(JSON.parse(line))
  const { parts } = createParts(loaded.value, { clock, random: seededRandom(1), log, writeLine, metrics, life: noLife })
  for (const part of parts) await part.start?.(new AbortController().signal)
  let stopped: Promise<StopFacts[]> | undefined

  const stop = (deadline = AbortSignal.abort()): Promise<StopFacts[]> => {
    stopped ??= stopAll(parts, deadline)
    return stopped
  }
  return {
    log,
    port: (listener) => {
      const line = log.lines.find(({ message, fields }) => message === 'listening' && fields.listener === listener)
      if (line === undefined) throw new Error(`${listener} does not listen`)
      return Number(String(line.fields.address).split(':').at(-1))
    },
    requestCount: () => accessLines.length,
    requests: () => accessLines.map((line) => ({ ...line })),
    metric: async (series) => {
      const { text } = await metrics.exposition()
      const line = text.split('\n').find((each) => each.startsWith(`podmates_ambassador_${series} `))
      return Number(line?.split(' ').at(-1) ?? 0)
    },
    metricNames: async () => {
      const { text } = await metrics.exposition()
      return [...text.matchAll(/^# TYPE podmates_ambassador_(\w+)/gm)].map(([, name]) => name ?? '')
    },
    drain: () => {
      for (const part of parts.toReversed()) part.drain?.()
    },
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

async function stopAll(parts: readonly Part[], deadline: AbortSignal): Promise<StopFacts[]> {
  const facts: StopFacts[] = []
  for (const part of parts.toReversed()) facts.push((await part.stop?.(deadline)) ?? {})
  return facts
}

const noFiles = (): never => {
  throw new Error('no files here')
}

const noLife = {
  phase: () => 'started' as const,
  hasStarted: () => true,
  onPhase: () => undefined,
  drain: () => undefined,
  finish: () => undefined,
  fail: () => undefined,
  run: async () => undefined,
}
