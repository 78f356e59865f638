/**
 * Who made a container or a folder: a process by its number, its start and its PID namespace. Written on what a run
 * makes, so that the next run can take away what a killed one left, and nothing of a run that lives.
 */
import { readFileSync, readlinkSync } from 'node:fs'

/** `<pid>-<start in clock ticks>-<PID namespace>`; without /proc only `<pid>-0-0`, which `isGone` never holds for gone. */
export function ownerOf(pid: number): string {
  return `${pid}-${startOf(pid) ?? 0}-${namespace()}`
}

/** Whether the process that wrote this has ended. Not known, so false: another PID namespace, or no /proc. */
export function isGone(owner: string): boolean {
  const [, pid, start, space] = /^(\d+)-(\d+)-(\d+)$/.exec(owner) ?? []
  if (space === undefined || space === '0' || space !== namespace()) return false
  return startOf(Number(pid)) !== start
}

/** Field 22 of proc(5) stat; the name in field 2 may hold blanks and brackets. @returns undefined for no such process */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // it has ended, or there is no /proc
  }
}

function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0' // no /proc
  }
}
