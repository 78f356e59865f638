/** One container as a child process: its own process group, its output line by line, its end as an exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type ExecResult, type Exit, type RunningContainer, StartError } from '../driver.ts'

export interface ProcessStart {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stopSignal: string
  /** The program is a script that says "ready" on descriptor 3 when it hands over to the real one. */
  readonly announcesItself: boolean
  /** The words that run a program beside this process, given its pid. */
  readonly execWords: (command: readonly string[], pid: number) => readonly string[]
  readonly onLine: (line: string) => void
}

/** More of an exec's output than this is dropped. */
const execOutputBytesMax = 1_048_576

/** @throws StartError when there is no such program */
export async function startProcess(start: ProcessStart): Promise<RunningContainer> {
  const [program = '', ...args] = start.words
  const stdio = start.announcesItself
    ? (['ignore', 'pipe', 'pipe', 'pipe'] as const)
    : (['ignore', 'pipe', 'pipe'] as const)
  const child = spawn(program, args, { env: start.env, cwd: start.cwd, detached: true, stdio: [...stdio] })
  const pid = await spawned(child, program)
  const exited = exitOf(child, pid)
  const early: string[] = []
  let onLine = (line: string): void => void early.push(line)
  for (const stream of [child.stdout, child.stderr]) readLines(stream, (line) => onLine(line))
  if (start.announcesItself) await announced(child, early)
  for (const line of early) start.onLine(line)
  onLine = start.onLine

  const execs = new Set<number>()
  void exited.then(() => {
    for (const exec of execs) killGroup(exec)
  })
  return {
    exited,
    stopSignal: start.stopSignal,
    signal: (name) => (name === 'SIGKILL' ? killGroup(pid) : sendSignal(pid, name)),
    exec: (command, aborted) => runBeside({ ...start, words: start.execWords(command, pid) }, aborted, execs),
  }
}

async function spawned(child: ChildProcess, program: string): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  } catch (error) {
    throw new StartError(`cannot run ${program}: ${(error as Error).message}`, { cause: error })
  }
  return child.pid ?? 0
}

/** What is left of the group dies with the program, as everything in a container does with its first process. */
function exitOf(child: ChildProcess, pid: number): Promise<Exit> {
  child.once('exit', () => killGroup(pid))
  return new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ exitCode: exitCodeOf(code, signal) })),
  )
}

export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
}

async function announced(child: ChildProcess, said: readonly string[]): Promise<void> {
  const channel = child.stdio[3] as Readable
  let text = ''
  for await (const chunk of channel) text += chunk
  if (!text.startsWith('ready'))
    throw new StartError(`cannot set up its mounts: ${said.join('; ') || 'no reason given'}`)
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine)
}

function runBeside(start: ProcessStart, aborted: AbortSignal, execs: Set<number>): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    if (aborted.aborted) return reject(aborted.reason)
    const [program = '', ...args] = start.words
    const child = spawn(program, args, {
      env: start.env,
      cwd: start.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { pid } = child
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (output[name].length < execOutputBytesMax) output[name] += text
      })
    }
    const onAbort = (): void => {
      if (pid !== undefined) killGroup(pid)
      reject(aborted.reason)
    }
    if (pid !== undefined) execs.add(pid)
    aborted.addEventListener('abort', onAbort, { once: true })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      aborted.removeEventListener('abort', onAbort)
      if (pid !== undefined) execs.delete(pid)
      resolve({ exitCode: exitCodeOf(code, signal), ...output })
    })
  })
}

function killGroup(pid: number): void {
  sendSignal(-pid, 'SIGKILL')
}

/** One that has ended meanwhile needs no signal. */
function sendSignal(pid: number, name: string): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
