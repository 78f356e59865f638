/** PM2xxx: requests, metrics and log lines on their way. */
import type { ErrorEntry } from './catalogue.ts'

export const trafficErrors = {} as const satisfies Record<string, ErrorEntry>
