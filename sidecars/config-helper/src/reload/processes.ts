/**
 * The processes that this container can see, read from procfs (proc(5)). In a Pod with a shared PID namespace
 * they include the app's, under any user.
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface ProcessEntry {
  readonly pid: number
  /** First word of the command line, without its folder. Not `comm`, which the kernel cuts after 15 bytes. */
  readonly name: string
  /** Clock ticks after boot at which it started: together with the pid its identity, since pids are used again. */
  readonly startTicks: number
  readonly uid: number
  /** Bit n-1 is signal n: those with a handler, and those that are ignored. */
  readonly caught: bigint
  readonly ignored: bigint
}

export interface Processes {
  /** Every process with this name, in the order of their ids. */
  named(name: string): Promise<readonly ProcessEntry[]>
  /** @returns undefined when there is none, or none that still runs */
  look(pid: number): Promise<ProcessEntry | undefined>
  /** Milliseconds since a process started. */
  ageMs(entry: ProcessEntry): Promise<number>
}

/** The kernel counts start times in ticks of 10 ms on every platform that we run on (USER_HZ). */
const ticksPerSecond = 100

/** @param procDir `/proc`, except in tests */
export function processesOf(procDir = '/proc'): Processes {
  async function look(pid: number): Promise<ProcessEntry | undefined> {
    const dir = join(procDir, String(pid))
    try {
      const [stat, status, cmdline] = await Promise.all([
        readFile(join(dir, 'stat'), 'latin1'),
        readFile(join(dir, 'status'), 'latin1'),
        readFile(join(dir, 'cmdline'), 'utf8'),
      ])
      return entryOf(pid, stat, status, cmdline)
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  return {
    look,
    async named(name) {
      const pids = (await readdir(procDir)).filter((entry) => /^\d+$/.test(entry)).map(Number)
      const entries = await Promise.all(pids.toSorted((a, b) => a - b).map(look))
      return entries.filter((entry) => entry?.name === name) as ProcessEntry[]
    },
    async ageMs({ startTicks }) {
      const [uptimeSeconds] = (await readFile(join(procDir, 'uptime'), 'latin1')).split(' ')
      return (Number(uptimeSeconds) - startTicks / ticksPerSecond) * 1000
    },
  }
}

/** A process may end between any two reads: ENOENT, or ESRCH once its directory was opened. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
}

/** Ended, but not yet collected by its parent. */
const endedStates = new Set(['Z', 'X'])

function entryOf(pid: number, stat: string, status: string, cmdline: string): ProcessEntry | undefined {
  // The second field is the name in parentheses, which may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (endedStates.has(fields[0] ?? '')) return undefined
  return {
    pid,
    name: basename(cmdline.split('\0', 1)[0] ?? ''),
    startTicks: Number(fields[19]),
    uid: Number(/^Uid:\t(\d+)/m.exec(status)?.[1]),
    caught: mask('SigCgt', status),
    ignored: mask('SigIgn', status),
  }
}

function mask(field: string, status: string): bigint {
  return BigInt(`0x${new RegExp(`^${field}:\t([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`)
}
