/** Something that is wrong, and where: what every stage of the loader reports before it becomes a `Problem`. */
import type { ErrorCode } from '../errors/catalogue.ts'
import type { Path } from './define-config.ts'

/** A piece of the source text, in UTF-16 units; `to` is not part of it. */
export interface Range {
  readonly from: number
  readonly to: number
}

export interface Finding {
  readonly code: ErrorCode
  readonly path: Path
  /** The whole message, path included where it helps. */
  readonly sentence: string
  readonly expected?: string
  readonly found?: string
  readonly hint?: string
  /** Where the mark stands; without it the problem is of the file as a whole. */
  readonly range?: Range
}
