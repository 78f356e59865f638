/** Runs the programs that set up a machine: their output is kept, and shown only when they fail. */
import { type SpawnOptions, spawn } from 'node:child_process'

export interface ProgramResult {
  /** Exit code; 127 when the program could not be started, as a shell has it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export type ProgramOptions = Pick<SpawnOptions, 'cwd'> & {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Written to the program's standard input, which is empty without it. */
  readonly input?: string
}

/** Runs a program to its end. Never throws: a program that is not there or fails is a result. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, input, ...options }: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, env: { ...process.env, ...env }, stdio: 'pipe' })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.stdin.on('error', (error) => stderr.push(Buffer.from(error.message)))
    child.stdin.end(input)
    child.on('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }))
    child.on('close', (code) => {
      resolve({ code: code ?? 1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() })
    })
  })
}

/**
 * Runs a program that must succeed.
 * @returns its standard output
 * @throws Error with the command and what it wrote to stderr
 */
export async function mustRun(program: string, args: readonly string[], options?: ProgramOptions): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, options)
  if (code !== 0) {
    throw new Error(`"${program} ${args.join(' ')}" failed with exit code ${code}:\n${(stderr || stdout).trim()}`)
  }
  return stdout
}
