/** A sidecar as a real process, from its `main.ts`: for what only a process has, such as signals, exit codes and stdout. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface SidecarOptions {
  /** `new URL('../src/main.ts', import.meta.url)` */
  readonly main: URL
  /** The text of its config file; without it no `--config` is given. */
  readonly config?: string
  /** Further arguments of `run`. */
  readonly args?: readonly string[]
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * What must have been logged before this resolves: `started`, the default; `listening`, when only the admin
   * server is up; `nothing`, for a sidecar without an admin server or one that shall fail.
   */
  readonly waitFor?: 'started' | 'listening' | 'nothing'
  /** `none` for a sidecar without an admin server. */
  readonly admin?: 'none'
}

/** One line of its log. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string }

export interface Exit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Output {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface SidecarProcess extends AsyncDisposable {
  readonly pid: number
  /** `http://127.0.0.1:PORT`; throws before the admin server listens. */
  readonly adminUrl: string
  /** GETs a path of the admin server. */
  get(path: string): Promise<{ readonly status: number; readonly headers: Headers; readonly body: string }>
  /** Runs a verb of the same program in a process of its own, such as `podmate('status')`. */
  podmate(...args: string[]): Promise<Output>
  /** The first log line with this sentence, also if it has been written already. Rejects when the process ends first. */
  line(msg: string): Promise<LogRecord>
  /** Every log line so far. */
  lines(): readonly LogRecord[]
  stdout(): string
  stderr(): string
  /** What it left for `kubectl describe pod`; empty when nothing. */
  terminationMessage(): string
  signal(name: NodeJS.Signals): void
  /** Stops reading its log for good, as a container runtime does that died: the next write fails with EPIPE. */
  closeStdout(): void
  /** Resolves when the process has ended and all its output has been read. */
  readonly exited: Promise<Exit>
}

/** Starts a sidecar. It is killed, and its files are gone, at the end of the test's `await using`. */
export async function startSidecar(options: SidecarOptions): Promise<SidecarProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-sidecar-'))
  const sidecar = launch(options, folder)
  try {
    const { waitFor = 'started' } = options
    if (waitFor !== 'nothing') await sidecar.line(waitFor)
    return sidecar
  } catch (error) {
    await sidecar[Symbol.asyncDispose]()
    throw error
  }
}

function launch(options: SidecarOptions, folder: string): SidecarProcess {
  const { main, config, args = [], env = {}, admin } = options
  const program = fileURLToPath(main)
  const termination = join(folder, 'termination-log')
  writeFileSync(termination, '')
  const configFile = join(folder, 'config.yaml')
  if (config !== undefined) writeFileSync(configFile, config)

  const runArgs = [
    ...args,
    ...(config === undefined ? [] : ['--config', configFile]),
    ...(admin === 'none' ? [] : ['--admin', '127.0.0.1:0']),
  ]
  const environment = { ...process.env, PODMATES_TERMINATION_LOG: termination, ...env }
  const child = spawn(process.execPath, [program, ...runArgs], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const journal = followOutput(child)
  const exited = once(child, 'close').then(([exitCode, signal]): Exit => ({ exitCode, signal }))

  const adminAddress = (): string => {
    const found = journal.lines().find(({ msg, part }) => msg === 'listening' && part === 'admin')
    if (found === undefined) throw new Error(`the admin server does not listen yet:\n${journal.all()}`)
    return String(found.address)
  }

  return {
    pid: child.pid ?? 0,
    get adminUrl() {
      return `http://${adminAddress()}`
    },
    get: async (path) => {
      const answer = await fetch(`http://${adminAddress()}${path}`)
      return { status: answer.status, headers: answer.headers, body: await answer.text() }
    },
    podmate: (...verb) => runToEnd([program, ...verb], { ...process.env, PODMATES_ADMIN: adminAddress(), ...env }),
    line: journal.line,
    lines: journal.lines,
    stdout: journal.stdout,
    stderr: journal.stderr,
    terminationMessage: () => readFileSync(termination, 'utf8'),
    signal: (name) => {
      child.kill(name)
    },
    closeStdout: () => {
      child.stdout.destroy()
    },
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Collects what a child writes, and wakes whoever waits for a line. */
function followOutput(child: ChildProcess) {
  let stdout = ''
  let stderr = ''
  let lines: LogRecord[] = []
  let closed = false
  const waiting = new Set<{ msg: string; resolve: (line: LogRecord) => void; reject: (error: Error) => void }>()
  const all = (): string => `${stdout}${stderr}`

  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    lines = stdout
      .slice(0, stdout.lastIndexOf('\n') + 1)
      .split('\n')
      .flatMap(parseLine)
    for (const waiter of waiting) {
      const found = lines.find(({ msg }) => msg === waiter.msg)
      if (found === undefined) continue
      waiting.delete(waiter)
      waiter.resolve(found)
    }
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.on('close', (code) => {
    closed = true
    for (const { msg, reject } of waiting) reject(new Error(`ended (${code}) before it logged "${msg}":\n${all()}`))
    waiting.clear()
  })

  const line = (msg: string): Promise<LogRecord> => {
    const found = lines.find((each) => each.msg === msg)
    if (found !== undefined) return Promise.resolve(found)
    if (closed) return Promise.reject(new Error(`ended without logging "${msg}":\n${all()}`))
    return new Promise((resolve, reject) => waiting.add({ msg, resolve, reject }))
  }
  return { line, lines: () => lines, stdout: () => stdout, stderr: () => stderr, all }
}

/** What is no JSON object with a `msg` is no line of the log. */
function parseLine(text: string): LogRecord[] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'msg' in value ? [value as LogRecord] : []
  } catch {
    return []
  }
}

/** Runs `node` with these arguments until it ends. */
export async function runToEnd(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Output> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const [exitCode] = await once(child, 'close')
  return { exitCode, ...output }
}
