/**
 * Tells the app by a signal that there is a new generation. Signals are blunt: they end a program that has no
 * handler, hit whoever has the pid by now, and answer nothing. So exactly one process must fit, it must be the
 * one that was found, and it is watched for a moment afterwards.
 */
import { readFile, stat } from 'node:fs/promises'
import { constants } from 'node:os'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Answer, Notice } from './delivery.ts'
import type { Notify } from './notify-http.ts'
import { type ProcessEntry, type Processes, processesOf } from './processes.ts'

export type SignalName = 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2'

/** How an app is told by a signal. */
export interface SignalReload {
  readonly name: SignalName
  readonly to: Receiver
}

export type Receiver =
  | { readonly by: 'process'; readonly process: string }
  | { readonly by: 'pidFile'; readonly pidFile: string }

/** What a signal needs of the operating system. */
export interface SignalWorld {
  readonly clock: Clock
  readonly processes: Processes
  /** Throws ESRCH or EPERM, as kill(2) says. */
  readonly kill: (pid: number, signal: SignalName) => void
  readonly ownPid: number
  readonly ownUid: number
}

/** In a shared PID namespace the Pod's pause process: ending it would end the Pod. */
const holderPid = 1

/** A program that cannot bear a signal ends within milliseconds; one whose new configuration is fatal, a little later. */
const watchedMs = 1000
const watchEveryMs = 50

/** The processes of this machine, as far as this container sees them. */
export function systemSignals(clock: Clock): SignalWorld {
  return {
    clock,
    processes: processesOf(),
    kill: (pid, signal) => process.kill(pid, signal),
    ownPid: process.pid,
    ownUid: process.getuid?.() ?? 0,
  }
}

/** Answers `yes` about a second after the signal: only then is it certain that the app has survived it. */
export function signalNotifier({ name, to }: SignalReload, world: SignalWorld): Notify {
  return async (_generation, signal) => {
    const found = to.by === 'process' ? await byName(to.process, world) : await byPidFile(to.pidFile, world)
    if ('answer' in found) return found
    const refusal = await send(found, name, world)
    return refusal ?? (await watch(found, name, signal, world))
  }
}

type Found = ProcessEntry | (Answer & { readonly answer: 'unreached' })

async function byName(name: string, { processes, ownPid }: SignalWorld): Promise<Found> {
  const fitting = (await processes.named(name)).filter(({ pid }) => pid !== ownPid && pid !== holderPid)
  const [only, ...more] = fitting
  if (only === undefined) {
    const hint =
      ownPid === holderPid
        ? ': this sidecar is process 1, which is pause in a Pod with shareProcessNamespace: true'
        : ''
    return unreached('PM3102', `no process is named ${name}${hint}`)
  }
  if (more.length === 0) return only
  const pids = fitting.map(({ pid }) => pid).join(', ')
  return unreached('PM3102', `${fitting.length} processes are named ${name} (${pids}): use a pidFile`)
}

/** How much older than its process a pid file may be: file times and start times are not equally fine. */
const pidFileSlackMs = 2000

async function byPidFile(path: string, { processes, clock, ownPid }: SignalWorld): Promise<Found> {
  let text: string
  let writtenMs: number
  try {
    text = await readFile(path, 'latin1')
    writtenMs = (await stat(path)).mtimeMs
  } catch (error) {
    return unreached('PM3103', `${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const pid = /^\s*([1-9]\d{0,9})\s*$/.test(text) ? Number(text) : undefined
  if (pid === undefined) return unreached('PM3103', `${path} holds no process id`)
  if (pid === holderPid || pid === ownPid)
    return unreached('PM3103', `${path} names process ${pid}, which is not the app`)
  const entry = await processes.look(pid)
  if (entry === undefined) return unreached('PM3103', `${path} names process ${pid}, which does not run`)
  const olderMs = clock.wall() - writtenMs - (await processes.ageMs(entry))
  if (olderMs <= pidFileSlackMs) return entry
  return unreached(
    'PM3103',
    `${path} names process ${pid}, which started ${Math.round(olderMs / 1000)} s after it was written`,
  )
}

/** @returns undefined when the signal was sent */
async function send(entry: ProcessEntry, signal: SignalName, world: SignalWorld): Promise<Answer | undefined> {
  const { pid, name, uid } = entry
  const bit = 1n << BigInt(constants.signals[signal] - 1)
  if ((entry.ignored & bit) !== 0n) return unreached('PM3105', `${name} (${pid}) ignores ${signal}`)
  // Go's runtime catches every signal, so a set bit proves nothing; a clear one proves that the signal would end it.
  if ((entry.caught & bit) === 0n)
    return unreached('PM3105', `${name} (${pid}) has no handler for ${signal} and would end: not sent`)
  if (!(await isSame(entry, world))) return unreached('PM3102', `${name} (${pid}) ended before it was told`)
  try {
    world.kill(pid, signal)
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ESRCH') return unreached('PM3102', `${name} (${pid}) ended before it was told`)
    if (code !== 'EPERM') throw error
    return unreached(
      'PM3104',
      `${name} (${pid}) runs as user ${uid}, this sidecar as user ${world.ownUid}: set the same runAsUser for both`,
    )
  }
}

async function watch(entry: ProcessEntry, signal: SignalName, over: AbortSignal, world: SignalWorld): Promise<Notice> {
  const { clock } = world
  const sinceMs = clock.now()
  while (clock.now() - sinceMs < watchedMs) {
    await clock.sleep(watchEveryMs, over)
    if (await isSame(entry, world)) continue
    const afterMs = Math.round(clock.now() - sinceMs)
    return {
      answer: 'died',
      code: 'PM3105',
      reason: `${entry.name} (${entry.pid}) ended within ${afterMs} ms of ${signal}`,
    }
  }
  return { answer: 'yes' }
}

async function isSame({ pid, startTicks }: ProcessEntry, { processes }: SignalWorld): Promise<boolean> {
  return (await processes.look(pid))?.startTicks === startTicks
}

function unreached(code: 'PM3102' | 'PM3103' | 'PM3104' | 'PM3105', reason: string) {
  return { answer: 'unreached', code, reason } as const
}
