/** What happened in a Pod, in order: written down by the core, kept as JSON, drawn by `chart.ts`. */
import type { PodPhase } from '../core/phase.ts'
import type { Role } from '../manifest/pod-manifest.ts'

export interface Timeline {
  readonly pod: string
  readonly driver: string
  /** RFC 3339, UTC; `atMs` of every entry counts from here. */
  readonly startedAt: string
  readonly containers: readonly { readonly name: string; readonly role: Role }[]
  readonly entries: readonly TimelineEntry[]
}

export type TimelineEntry = PodEntry | ContainerEntry

export type PodEntry = { readonly atMs: number } & (
  | { readonly what: 'phase'; readonly phase: PodPhase }
  | { readonly what: 'initialized' }
  | { readonly what: 'podReady' | 'podNotReady' }
  | { readonly what: 'terminating'; readonly reason: TerminationReason; readonly graceMs: number }
  | { readonly what: 'ended' }
)

/** Why a Pod ends: deleted, all apps done, out of time, or under Never something went that is not brought back. */
export type TerminationReason =
  | 'Deleted'
  | 'Completed'
  | 'InitFailed'
  | 'SandboxLost'
  | 'DeadlineExceeded'
  | 'BackoffLimitExceeded'

export type ContainerEntry = { readonly atMs: number; readonly container: string; readonly run: number } & (
  | { readonly what: 'starting' | 'running' }
  /** The next in the list may go on: running, postStart done, startupProbe passed. */
  | { readonly what: 'started' }
  | { readonly what: 'ready' | 'notReady' }
  | { readonly what: 'startFailed'; readonly message: string }
  | { readonly what: 'probeFailed'; readonly probe: ProbeKind; readonly message: string }
  | { readonly what: 'postStart' | 'preStop' }
  | { readonly what: 'postStartDone' | 'preStopDone'; readonly ok: boolean; readonly message?: string }
  /** Asked to end; `why` tells who asked. */
  | { readonly what: 'stopSignal' | 'killed'; readonly why: StopReason }
  /** `message` is what the container left in its terminationMessagePath. */
  | { readonly what: 'exited'; readonly exitCode: number; readonly message?: string }
  | { readonly what: 'backOff'; readonly delayMs: number }
)

export type ProbeKind = 'startup' | 'readiness' | 'liveness'

export type StopReason = 'termination' | 'startupProbe' | 'livenessProbe' | 'postStart' | 'sandbox'
