/** One thing that is wrong with a configuration, with everything a reader needs to mend it. */
import type { ErrorCode } from '../errors/catalogue.ts'

export interface Problem {
  readonly code: ErrorCode
  /** As the user named it. */
  readonly file: string
  /** 1-based; 0 when the file itself is the problem and has no lines. */
  readonly line: number
  /** 1-based, in UTF-16 units; 0 when there is no line. */
  readonly column: number
  /** `upstreams.inventory.retires`, `routes[2].timeout`; empty for the file as a whole. */
  readonly path: string
  /** The whole sentence, path included. */
  readonly message: string
  readonly expected?: string
  /** What stood there, never a secret. */
  readonly found?: string
  /** What to write instead, only when that is certain: `did you mean "retries"?` */
  readonly hint?: string
  /** The source line as it may be shown, and where its mark stands. */
  readonly source?: SourceLine
}

export interface SourceLine {
  readonly text: string
  /** 0-based place of the mark in `text`. */
  readonly markFrom: number
  /** At least 1. */
  readonly markLength: number
}
