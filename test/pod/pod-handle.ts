/** A running Pod in the hands of a test, the demo or the command line. */

import type { ExecResult } from './drive/driver.ts'
import type { VolumeData } from './manifest/pod-manifest.ts'
import type { PodStatus } from './pod-status.ts'
import type { Timeline, TimelineEntry } from './timeline/timeline.ts'

export interface PodHandle extends AsyncDisposable {
  readonly name: string
  /** The address that probes use and `status.podIP` shows. */
  readonly podIp: string
  /** What differs from a cluster: the manifest's `notImitated` and the driver's own, one line each. */
  readonly deviations: readonly string[]

  status(): PodStatus
  /** All that happened so far; the same data that `--timeline` writes. */
  timeline(): Timeline
  /** Calls `listener` with each entry from now on. @returns ends the subscription */
  onEntry(listener: (entry: TimelineEntry) => void): () => void
  /**
   * Resolves with the first status that satisfies the predicate, at once when the present one does.
   * @param timeoutMs default 30_000; on expiry, or when the Pod ended first, rejects with the chart of the timeline
   */
  waitFor(predicate: (status: PodStatus) => boolean, options?: { readonly timeoutMs?: number }): Promise<PodStatus>

  /** Where this machine reaches a port that the manifest declares. */
  address(containerPort: number): Promise<{ readonly host: string; readonly port: number }>
  /** The directory of a volume on this machine. */
  volumePath(volume: string): string
  /** Runs a program in a running container, as `kubectl exec` does. @throws when the container does not run */
  exec(container: string, command: readonly string[], options?: { readonly timeoutMs?: number }): Promise<ExecResult>
  /** The last output of all runs of a container, stdout and stderr as they came, 1 MiB at most. */
  logs(container: string): string
  /** Calls `listener` with each line of output from now on. @returns ends the subscription */
  onLine(listener: (container: string, line: string) => void): () => void

  /** Replaces the data of a ConfigMap; resolves when every volume that shows it was swapped to the new generation. */
  updateConfigMap(name: string, data: VolumeData): Promise<void>
  /** The same for a Secret. */
  updateSecret(name: string, data: VolumeData): Promise<void>
  /** Sends a signal to a container's program, as chaos does. @param signal default SIGKILL */
  kill(container: string, signal?: string): void
  /** Deletes the Pod; a second call can only shorten the grace. @param graceSeconds whole seconds; default the Pod's own */
  terminate(options?: { readonly graceSeconds?: number }): Promise<Timeline>
  /** Resolves when the Pod is over and everything it made was taken away: after terminate, or on its own as a Job does. */
  readonly ended: Promise<Timeline>
  /** Kills everything at once, without order or grace, and cleans up. `await using` calls it. */
  [Symbol.asyncDispose](): Promise<void>
}
