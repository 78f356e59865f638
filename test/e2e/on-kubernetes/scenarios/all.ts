/** The scenarios in the order in which they are played. */
import type { Scenario } from '../scenario.ts'
import { components } from './components.ts'
import { configChange } from './config-change.ts'
import { deletionUnderTraffic } from './deletion-under-traffic.ts'
import { job } from './job.ts'
import { killedSidecar } from './killed-sidecar.ts'
import { lateDependency } from './late-dependency.ts'
import { rollingUpdate } from './rolling-update.ts'
import { shortGrace } from './short-grace.ts'
import { startOrder } from './start-order.ts'

export const scenarios: readonly Scenario[] = [
  startOrder,
  deletionUnderTraffic,
  job,
  killedSidecar,
  configChange,
  rollingUpdate,
  lateDependency,
  shortGrace,
  components,
]
