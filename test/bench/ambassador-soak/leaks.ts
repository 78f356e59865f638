/** Whether a process has grown: its memory after it has warmed up, and its open files once everybody has gone. */
import { readdirSync } from 'node:fs'
import { median } from '../process-figures.ts'

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

/** A heap breathes, and its collector takes its time: what is within this is no leak that ten minutes can show. */
const growthMax = 1.15
const slackBytes = 6e6

export interface Growth {
  /** Median of the second quarter of the time: the first one warms up. */
  readonly beforeBytes: number
  /** Median of the last quarter. */
  readonly afterBytes: number
  readonly isLeak: boolean
}

/** @param samples of private memory, taken at even times; eight at least */
export function growthOf(samples: readonly number[]): Growth {
  const quarter = Math.floor(samples.length / 4)
  const beforeBytes = median(samples.slice(quarter, 2 * quarter))
  const afterBytes = median(samples.slice(-quarter))
  return { beforeBytes, afterBytes, isLeak: afterBytes > beforeBytes * growthMax + slackBytes }
}
