/**
 * A part is anything that lives as long as the sidecar: a listener, a watcher, the admin server. It says
 * how it comes up, what it does when the Pod begins to end, and how it goes down; `lifecycle.ts` decides when.
 */

/** Counts of what a part finished and what it had to cut; they stand in the last log line. */
export type StopFacts = Readonly<Record<string, number | string | boolean>>

export interface Part {
  /** Names the part in log lines and in the drain report, for example `listeners`. */
  readonly name: string
  /**
   * Brings the part up. The next part starts when this has resolved; a rejection fails the start.
   * @param signal aborts when SIGTERM arrives first; then reject or resolve soon
   */
  start?(signal: AbortSignal): Promise<void>
  /** Milliseconds `start` may take; without it the part may wait for as long as it needs. */
  readonly startTimeoutMs?: number
  /**
   * The Pod begins to end (preStop, `POST /drain`), or SIGTERM came without that warning. Must keep serving:
   * the app still runs. Called once, in reverse order of start, for all parts at once.
   */
  drain?(): void
  /**
   * Finishes what is in flight, flushes and closes. Called once, in reverse order of start, even when
   * `start` was cut short.
   * @param deadline aborts when the time is over: close what is left at once
   */
  stop?(deadline: AbortSignal): Promise<StopFacts>
  /** Milliseconds `stop` may take before it is cut and named in the drain report; default 1500. */
  readonly stopTimeoutMs?: number
}
