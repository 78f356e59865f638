/** The lines of a container, each with the time at which its node received it (nanoseconds, here to the microsecond). */
import { createInterface } from 'node:readline'
import type { Kube } from './kube.ts'
import { ApiRefusal } from './trouble.ts'

export interface LogLine {
  readonly container: string
  readonly run: number
  /** Milliseconds since the epoch by the node's clock, with three decimals. */
  readonly atMs: number
  readonly text: string
}

export interface LogOfRun {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly run: number
  /** It is no longer the present run; the node keeps the log of the one before. */
  readonly previous?: boolean
}

/**
 * Follows one run of a container from its first line to its end, and calls `onLine` with each.
 * Resolves at the end of the run, at the signal, or when its log is gone.
 */
export async function followLog(
  kube: Kube,
  { namespace, pod, container, run, previous = false }: LogOfRun,
  onLine: (line: LogLine) => void,
  signal: AbortSignal,
): Promise<void> {
  const query = { container, follow: !previous, timestamps: true, ...(previous && { previous }) }
  try {
    const body = await kube.stream(`/api/v1/namespaces/${namespace}/pods/${pod}/log`, { query, signal })
    for await (const raw of createInterface({ input: body })) {
      const line = stampedLine(raw)
      if (line !== undefined) onLine({ container, run, ...line })
    }
  } catch (error) {
    if (signal.aborted || isOver(error)) return
    throw error
  }
}

/** 400 and 404: the container, or its Pod, went before we asked. A connection that breaks ends what we can read. */
function isOver(error: unknown): boolean {
  if (error instanceof ApiRefusal) return error.status === 400 || error.status === 404
  return error instanceof Error && 'code' in error
}

/** `2026-01-02T03:04:05.678901234Z text`; undefined for what the kubelet itself writes into the stream. */
export function stampedLine(raw: string): { readonly atMs: number; readonly text: string } | undefined {
  const [, seconds, fraction = '', text = ''] = /^(\d{4}-\S+?:\d\d)(?:\.(\d+))?Z ?(.*)$/s.exec(raw) ?? []
  if (seconds === undefined) return undefined
  return { atMs: Date.parse(`${seconds}Z`) + Number(`0.${fraction}`) * 1000, text }
}
