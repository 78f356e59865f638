/** Load from a Pod inside the cluster, and what its client saw. */
import type { LogLine } from '../../kube/container-log.ts'
import type { KubeObject } from '../../kube/objects.ts'
import type { ObservedPod } from '../../kube/observe-pod.ts'
import { linesSaying, says, toldLines } from './own-lines.ts'
import type { Stage } from './stage.ts'

export interface Load {
  readonly pod: ObservedPod
  /** Resolves when so many requests were made since the start. */
  untilRequests(count: number): Promise<void>
  /** Resolves when a second has passed without an answer: every lane waits for one. */
  untilStalled(): Promise<void>
  /** Ends the load and waits for what is under way. */
  stop(): Promise<Tally>
}

export interface Tally {
  readonly requests: number
  readonly failed: number
  /** What was wrong, and how often. */
  readonly failures: Readonly<Record<string, number>>
  /** Each of them with its time, in the order of time. */
  readonly dated: readonly DatedFailure[]
}

export interface DatedFailure {
  /** By the cluster's clock, ms since the epoch. */
  readonly atMs: number
  readonly failure: string
}

export interface LoadOptions {
  readonly url: string
  /** Lanes that keep their connection. */
  readonly kept: number
  /** Lanes that connect for each request anew. */
  readonly fresh: number
  readonly pauseMs: number
}

/** What the load asks: one quote, for which the app asks the inventory through its ambassador. */
export const quoteUrl = 'http://checkout/quote?sku=lamp&quantity=2'

export async function startLoad(stage: Stage, { url, kept, fresh, pauseMs }: LoadOptions): Promise<Load> {
  const pod = await stage.observe('load')
  await stage.apply([loadPod(['-url', url, '-kept', `${kept}`, '-fresh', `${fresh}`, '-pause', `${pauseMs}ms`])])
  await pod.untilLine('load', 'started', says('started'), stage.within(60_000))
  return {
    pod,
    untilRequests: async (count) => {
      const isEnough = (line: LogLine): boolean => Number(toldLines([line])[0]?.fields.requests ?? 0) >= count
      await pod.untilLine('load', `${count} requests`, isEnough, stage.within(120_000))
    },
    untilStalled: async () => {
      const sinceMs = stage.clusterMs()
      let before = Number.NaN
      const isStalled = (line: LogLine): boolean => {
        if (line.atMs < sinceMs || !says('progress')(line)) return false
        const requests = Number(toldLines([line])[0]?.fields.requests)
        const isSame = requests === before
        before = requests
        return isSame
      }
      await pod.untilLine('load', 'no answer for a second', isStalled, stage.within(30_000))
    },
    stop: async () => {
      await stage.remove('load')
      await pod.ended(stage.within(60_000))
      const fields = linesSaying(pod.lines('load'), 'stopped')[0]?.fields
      if (fields === undefined) throw new Error('the load did not tell what became of its requests')
      const failed = linesSaying(pod.lines('load'), 'failed')
      const dated = failed.map(({ atMs, fields: { failure } }) => ({ atMs, failure: String(failure) }))
      return { ...(fields as unknown as Tally), dated }
    },
  }
}

/** What became of a request that the app had taken on, and did not answer: the connection ends. */
export const wasBrokenOff = ({ failure }: DatedFailure): boolean =>
  /^(connection closed without an answer|connection reset|cut in the body)/.test(failure)

/** For the report: `none`, or each kind with its count. */
export function failuresOf({ failures }: Tally): string {
  const kinds = Object.entries(failures).map(([kind, times]) => `${times} x ${kind}`)
  return kinds.length === 0 ? 'none' : kinds.join(', ')
}

/** The same of a part of them. */
export function kindsOf(dated: readonly DatedFailure[]): string {
  const counts = Object.groupBy(dated, ({ failure }) => failure)
  const kinds = Object.entries(counts).map(([kind, each]) => `${each?.length} x ${kind}`)
  return kinds.length === 0 ? 'none' : kinds.join(', ')
}

function loadPod(args: readonly string[]): KubeObject {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'load' },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 15,
      automountServiceAccountToken: false,
      securityContext: restrictedPod,
      containers: [{ name: 'load', image: 'podmates/load:dev', args, securityContext: restrictedContainer }],
    },
  }
  return pod
}

/** What the level "restricted" asks of a Pod, as in the examples. */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  fsGroup: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
}

export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}
