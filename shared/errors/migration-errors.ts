/** PM4xxx: schema migrations and preparation steps. */
import type { ErrorEntry } from './catalogue.ts'

export const migrationErrors = {} as const satisfies Record<string, ErrorEntry>
