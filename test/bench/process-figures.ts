/** What the kernel knows of a process: its processor time and its memory. Linux only. */
import { readFileSync } from 'node:fs'

/** Clock ticks per second in /proc; 100 on every Linux that Node runs on (sysconf _SC_CLK_TCK). */
const ticksPerSecond = 100

export interface CpuTime {
  readonly userUs: number
  readonly systemUs: number
}

/** Processor time since the start of the process, all its threads together; whole 10 ms. */
export function cpuTimeOf(pid: number): CpuTime {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const us = (ticks: string | undefined): number => (Number(ticks) * 1_000_000) / ticksPerSecond
  return { userUs: us(fields[11]), systemUs: us(fields[12]) }
}

export interface Memory {
  /** Pages that no other process shares: what one more such process costs on the node. */
  readonly privateBytes: number
  readonly residentBytes: number
}

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const bytes = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1024
  return { privateBytes: bytes('Private_Clean') + bytes('Private_Dirty'), residentBytes: bytes('Rss') }
}

/** The middle one; of an even number the mean of the two in the middle. @param values one at least */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [lower = 0, upper = lower] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ]
  return (lower + upper) / 2
}
