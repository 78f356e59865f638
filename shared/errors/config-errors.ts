/** PM0xxx: a configuration that cannot be used. */
import type { ErrorEntry } from './catalogue.ts'

export const configErrors = {} as const satisfies Record<string, ErrorEntry>
