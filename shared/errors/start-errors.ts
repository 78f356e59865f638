/** PM1xxx: a sidecar that cannot start or stop as it should. */
import type { ErrorEntry } from './catalogue.ts'

export const startErrors = {} as const satisfies Record<string, ErrorEntry>
