/** Runs one tier of `npm test` as a child process and counts what passed. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Tier {
  readonly name: string
  /** The program and its arguments; `vitest` is told to leave a report, everything else counts as one check. */
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Sets up what the tier needs; answers what is missing and how to get it, or undefined when it can run. */
  readonly missing?: () => Promise<string | undefined>
}

export interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface TierResult {
  readonly tier: string
  readonly outcome: Outcome
  readonly seconds: number
}

export const nothing: Outcome = { passed: 0, failed: 0, skipped: 0 }

export function add(a: Outcome, b: Outcome): Outcome {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

/** Prints the tier's own output, then one line with its counts and its time. */
export async function runTier(tier: Tier): Promise<TierResult> {
  const sinceMs = performance.now()
  const output = process.stdout.isTTY ? 'terminal' : 'file'
  const report = `.cache/reports/${tier.name}.json`
  mkdirSync(dirname(report), { recursive: true })
  rmSync(report, { force: true })
  console.log(`\n== ${tier.name}`)
  const ok = await succeeds(
    tier.command.concat(reporters(tier, report), colours(tier, output)),
    tier.environment ?? {},
    output,
  )
  const outcome = existsSync(report) ? readReport(report, ok) : { ...nothing, [ok ? 'passed' : 'failed']: 1 }
  const seconds = (performance.now() - sinceMs) / 1000
  console.log(`== ${tier.name}: ${outcome.passed} passed, ${outcome.failed} failed in ${seconds.toFixed(1)} s`)
  return { tier: tier.name, outcome, seconds }
}

function reporters(tier: Tier, report: string): string[] {
  if (tier.command[0] !== 'vitest') return []
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
}

type Output = 'terminal' | 'file'

/** Vitest colours a file or a pipe as well; who wants that says so by FORCE_COLOR. */
export function plain(env: NodeJS.ProcessEnv, output: Output): NodeJS.ProcessEnv {
  return output === 'terminal' || env.FORCE_COLOR !== undefined ? env : { ...env, NO_COLOR: '1' }
}

/** Biome asks nothing but its own switch. */
function colours(tier: Tier, output: Output): string[] {
  return tier.command[0] === 'biome' && plain(process.env, output).NO_COLOR !== undefined ? ['--colors=off'] : []
}

function succeeds(
  [program, ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  output: Output,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program ?? '', args, {
      stdio: 'inherit',
      env: { ...plain(process.env, output), ...environment },
    })
    child.on('error', (error) => {
      console.error(`cannot run ${program}: ${error.message}`)
      resolve(false)
    })
    child.on('exit', (code) => resolve(code === 0))
  })
}

/** A file that cannot be loaded has no tests to count, so a run that failed counts as one failure at least. */
function readReport(file: string, ok: boolean): Outcome {
  const report = JSON.parse(readFileSync(file, 'utf8'))
  return {
    passed: report.numPassedTests,
    failed: ok ? report.numFailedTests : Math.max(1, report.numFailedTests),
    skipped: report.numPendingTests,
  }
}
