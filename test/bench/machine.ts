/** What a figure was measured on: without it nobody can compare. */
import { cpus, release, totalmem } from 'node:os'

export interface Machine {
  /** `2026-11-23`. */
  readonly date: string
  readonly cores: number
  readonly processor: string
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
}

export const thisMachine = (): Machine => ({
  date: new Date().toISOString().slice(0, 10),
  cores: cpus().length,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  kernel: release(),
  node: process.versions.node,
})

/** One line for under a table. */
export const describeMachine = ({ date, cores, processor, memoryGiB, kernel, node }: Machine): string =>
  `${date}, ${cores} cores ${processor}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}.`
