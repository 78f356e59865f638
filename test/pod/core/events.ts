/**
 * The two directions of the core: events are what happened outside, actions are what the shell has to do.
 * Both name the run they belong to, so that the late news of a container's last run cannot touch its next.
 */
import type { ProbeKind } from '../timeline/timeline.ts'

export type PodEvent =
  /** Time passed; also the first event of every Pod. */
  | { readonly type: 'tick' }
  | ({ readonly type: 'running' } & OfRun)
  | ({ readonly type: 'startFailed'; readonly message: string } & OfRun)
  | ({ readonly type: 'hookDone'; readonly hook: HookKind; readonly ok: boolean; readonly message?: string } & OfRun)
  | ({ readonly type: 'probed'; readonly probe: ProbeKind; readonly ok: boolean; readonly message: string } & OfRun)
  /** @see ContainerEntry for the message */
  | ({ readonly type: 'exited'; readonly exitCode: number; readonly message?: string } & OfRun)
  /** The Pod is deleted. @see PodPlan.terminationGracePeriodMs, which is the default */
  | { readonly type: 'terminate'; readonly graceMs?: number }
  /** Network and volumes are gone, as after a reboot of the node: everything begins anew. */
  | { readonly type: 'sandboxLost' }

export type PodAction =
  /** Answered by `running` or `startFailed`. */
  | ({ readonly do: 'start' } & OfRun)
  /** Answered by `hookDone`. */
  | ({ readonly do: 'runHook'; readonly hook: HookKind } & OfRun)
  /** Answered by `probed`. */
  | ({ readonly do: 'probe'; readonly probe: ProbeKind } & OfRun)
  /** Asks the container to end; answered by `exited`, or by nothing. */
  | ({ readonly do: 'stop' } & OfRun)
  /** Ends it for certain; answered by `exited`. */
  | ({ readonly do: 'kill' } & OfRun)

export type HookKind = 'postStart' | 'preStop'

export interface OfRun {
  readonly container: string
  /** 0 for the first start, 1 for the first restart. */
  readonly run: number
}
