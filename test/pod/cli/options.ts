/** The command line of the Pod runner. */
import { parseArgs } from 'node:util'
import { parseDuration } from '@podmates/shared/config/values/duration.ts'
import type { PathMode } from '../drive/process/process-driver.ts'

export interface RunOptions {
  readonly files: readonly string[]
  readonly workload?: string
  readonly driver: 'process' | 'docker'
  /** Only for the process driver; without it whatever this machine allows. */
  readonly paths?: PathMode
  /** Image name to the words that run in its place, for the process driver. */
  readonly images: Readonly<Record<string, readonly string[]>>
  readonly timelineFile?: string
  readonly pictureFile?: string
  /** Deletes the Pod after this time. */
  readonly forMs?: number
  readonly graceSeconds?: number
  readonly crashLoopBackOffMaxMs?: number
  readonly quiet: boolean
  readonly colour: boolean
}

export type Parsed =
  | { readonly kind: 'run'; readonly options: RunOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly message: string }

export const usage = `Runs a Pod on this machine as a cluster would: start order, probes, restarts, termination.

  npm run pod -- FILE... [options]          FILE: manifests as kubectl takes them, or - for standard input

  --driver process|docker   plain processes (default) or containers
  --workload NAME           which Deployment, StatefulSet, Job or Pod, where the files hold several
  --image NAME=COMMAND      process: what runs in place of an image, words separated by spaces; may be repeated
  --paths mounts|rewritten  process: volumes at their true paths (root on Linux), or other paths put in their place
  --for 10s                 deletes the Pod after this time; without it Ctrl-C does
  --grace SECONDS           in place of terminationGracePeriodSeconds
  --back-off-max 1s         ceiling of the restart back-off; default 5m
  --timeline FILE           writes what happened as JSON
  --picture FILE            draws it as SVG
  --quiet                   no output of the containers
  --no-color                no colour; also by NO_COLOR, or where the output is no terminal

Ctrl-C deletes the Pod in order, a second one kills it; to close the terminal deletes it too.
Exit code: 0 the Pod succeeded, 1 it failed, 2 it could not be run, 129 its terminal was closed,
130 it was killed by a second Ctrl-C.`

/** @param isTerminal whether the output is one that shows colour */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv, isTerminal: boolean): Parsed {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        driver: { type: 'string', default: 'process' },
        workload: { type: 'string' },
        image: { type: 'string', multiple: true, default: [] },
        paths: { type: 'string' },
        for: { type: 'string' },
        grace: { type: 'string' },
        'back-off-max': { type: 'string' },
        timeline: { type: 'string' },
        picture: { type: 'string' },
        quiet: { type: 'boolean', default: false },
        color: { type: 'boolean' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { kind: 'help' }
    if (positionals.length === 0) throw new Error('expected a manifest, found none')
    const forMs = optionalDuration('--for', values.for)
    const crashLoopBackOffMaxMs = optionalDuration('--back-off-max', values['back-off-max'])
    const graceSeconds = optionalSeconds('--grace', values.grace)
    const options: RunOptions = {
      files: positionals,
      driver: oneOf('--driver', values.driver, ['process', 'docker']),
      images: Object.fromEntries(values.image.map(parseImage)),
      quiet: values.quiet,
      colour: values.color ?? (isTerminal && env.NO_COLOR === undefined),
      ...(values.workload !== undefined && { workload: values.workload }),
      ...(values.paths !== undefined && { paths: oneOf('--paths', values.paths, ['mounts', 'rewritten']) }),
      ...(values.timeline !== undefined && { timelineFile: values.timeline }),
      ...(values.picture !== undefined && { pictureFile: values.picture }),
      ...(forMs !== undefined && { forMs }),
      ...(graceSeconds !== undefined && { graceSeconds }),
      ...(crashLoopBackOffMaxMs !== undefined && { crashLoopBackOffMaxMs }),
    }
    return { kind: 'run', options }
  } catch (error) {
    return { kind: 'mistake', message: error instanceof Error ? error.message : String(error) }
  }
}

function oneOf<const Choice extends string>(flag: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((each) => each === value)
  if (choice === undefined) throw new Error(`${flag}: expected ${choices.join(' or ')}, found "${value}"`)
  return choice
}

function optionalDuration(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const ms = parseDuration(value)
  if (ms === undefined) throw new Error(`${flag}: expected a duration such as 10s, found "${value}"`)
  return ms
}

function optionalSeconds(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d+$/.test(value)) throw new Error(`${flag}: expected whole seconds, found "${value}"`)
  return Number(value)
}

function parseImage(value: string): [string, string[]] {
  const [, name, command] = /^([^=]+)=(.+)$/.exec(value) ?? []
  if (name === undefined || command === undefined) throw new Error(`--image: expected NAME=COMMAND, found "${value}"`)
  return [name, command.trim().split(/\s+/)]
}
