/**
 * Why a version of the sources is not published. Expected and everyday (a typo in a ConfigMap), so it is a
 * value, not an exception: the version is refused, and what is published stays.
 */
import type { ErrorCode } from '@podmates/shared/errors/catalogue.ts'

export interface Fault {
  readonly code: ErrorCode
  /** Where, what was expected, what was found. Never a value of the file: it may be a secret. */
  readonly message: string
}

/** A place in a text file, both 1-based. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** `app.yaml:3:5`, or the name alone when the place is not known. */
export function placeOf(file: string, place: Place | undefined): string {
  return place === undefined ? file : `${file}:${place.line}:${place.column}`
}
