/** What one conformance check is; the ids are those of the project's conformance table (README.md beside this file). */
import type { Subject, SubjectName } from './subjects.ts'

/** `quick`: what happens; `all`: also how soon where a busy machine comes near the limit, as with `npm run conformance -- --all`. */
export type Depth = 'quick' | 'all'

export interface Check {
  readonly id: `C${string}`
  /** The requirement, as a sentence about the image. */
  readonly title: string
  readonly level: 'must' | 'should'
  /** Takes long or measures time; runs only with `npm run conformance -- --all`. */
  readonly soak?: true
  /** Images that the requirement does not speak of, each with the reason. */
  readonly notFor?: Readonly<Partial<Record<SubjectName, string>>>
  /**
   * Tries the image out. Limits in time that a busy machine comes near are held only with `depth: all`.
   * @returns what was observed, for the table
   * @throws when the requirement is not kept; the message says what was seen instead
   */
  observe(subject: Subject, depth: Depth): Promise<string>
}

/** Why checks about a running sidecar leave the init waiter out. */
export const plainInit = 'a plain init container: it has no admin port and ends before the app starts'

/** For `notFor` of a check about a running sidecar. */
export const runningOnly = { 'init-waiter': plainInit } as const
