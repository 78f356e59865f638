/** The conformance table, in the order of its ids. */
import type { Check } from './check.ts'
import { endChecks } from './checks/end.ts'
import { imageChecks } from './checks/image.ts'
import { runChecks } from './checks/run.ts'
import { startChecks } from './checks/start.ts'

export const checks: readonly Check[] = [...imageChecks, ...startChecks, ...runChecks, ...endChecks]
