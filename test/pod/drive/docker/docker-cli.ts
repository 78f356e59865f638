/** The docker command line, as far as the driver needs it: plain text in, plain text out, easy to repeat by hand. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { runProgram } from '../../../../tools/setup/run-program.ts'

export interface DockerResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Never throws: a failure is a result. */
export function tryDocker(...args: readonly string[]): Promise<DockerResult> {
  return runProgram('docker', args)
}

/** @throws Error with what docker said */
export async function docker(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tryDocker(...args)
  if (code !== 0) throw new Error(`docker ${args[0]}: ${firstLine(stderr) || `exit code ${code}`}`)
  return stdout.trim()
}

/** Follows the output of a container from its beginning. @returns resolves when the container has ended and all was read */
export function followLogs(id: string, onLine: (line: string) => void): Promise<void> {
  const child = spawn('docker', ['logs', '--follow', id], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine)
  }
  return closed(child)
}

/** The process of a `docker exec`, which ends early when `aborted` does; what runs in the container goes on then. */
export function dockerExec(id: string, command: readonly string[], aborted: AbortSignal): Promise<DockerResult> {
  return new Promise((resolve, reject) => {
    if (aborted.aborted) return reject(aborted.reason)
    const child = spawn('docker', ['exec', id, ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
      })
    }
    const onAbort = (): void => {
      child.kill('SIGKILL')
      reject(aborted.reason)
    }
    aborted.addEventListener('abort', onAbort, { once: true })
    child.once('error', reject)
    child.once('close', (code) => {
      aborted.removeEventListener('abort', onAbort)
      resolve({ code: code ?? 1, ...output })
    })
  })
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => child.once('error', reject).once('close', () => resolve()))
}

export function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
