/** The scenarios in the order in which they are played. */
import type { Scenario } from '../scenario.ts'
import { deletionUnderTraffic } from './deletion-under-traffic.ts'
import { job } from './job.ts'
import { rollingUpdate } from './rolling-update.ts'
import { startOrder } from './start-order.ts'

export const scenarios: readonly Scenario[] = [startOrder, deletionUnderTraffic, job, rollingUpdate]
