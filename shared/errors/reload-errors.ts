/** PM3xxx: publishing and reloading configuration. */
import type { ErrorEntry } from './catalogue.ts'

export const reloadErrors = {} as const satisfies Record<string, ErrorEntry>
