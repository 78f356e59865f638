/** PM4xxx: waiting for dependencies, schema migrations and preparation steps. PM40xx: waits; PM41xx: migrations. */
import type { ErrorEntry } from './catalogue.ts'

export const migrationErrors = {
  PM4001: {
    title: 'a dependency was not ready in time',
    why: 'The time of a step or of the whole plan was over before the target answered as it should. Exit code 124.',
    remedy:
      'The table names each target and its last error: look there first. Raise `timeout` only if the target is slow to start, not broken.',
  },
  PM4002: {
    title: 'a dependency that waiting cannot bring',
    why: 'The waiter itself cannot try the target, for example because a file with authorities is missing. Exit code 1.',
    remedy: 'Mend what the last error in the table names: most often a volume that is not mounted, or its path.',
  },
} as const satisfies Record<string, ErrorEntry>
