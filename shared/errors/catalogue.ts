/**
 * Every error code of the project, in one place so that none is used twice. A code, once shipped, keeps
 * its meaning for ever: a retired one stays here. `errors.md` is generated from this list and
 * `podmate explain CODE` prints it offline.
 */
import { configErrors } from './config-errors.ts'
import { migrationErrors } from './migration-errors.ts'
import { reloadErrors } from './reload-errors.ts'
import { startErrors } from './start-errors.ts'
import { trafficErrors } from './traffic-errors.ts'

/** What a reader at 3 a.m. needs to know about one code. */
export interface ErrorEntry {
  /** One line: what went wrong. */
  readonly title: string
  /** Why it happens, in one or two sentences. */
  readonly why: string
  /** What to do, as an instruction. */
  readonly remedy: string
}

export const errorCatalogue = {
  ...configErrors,
  ...startErrors,
  ...trafficErrors,
  ...reloadErrors,
  ...migrationErrors,
} as const satisfies Record<`PM${number}`, ErrorEntry>

export type ErrorCode = keyof typeof errorCatalogue
