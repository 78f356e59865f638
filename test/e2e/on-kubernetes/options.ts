/** The command line of `npm run e2e`. */
import { parseArgs } from 'node:util'
import type { PullPolicy } from '../../kube/manifest.ts'

export interface E2eOptions {
  /** Names of the scenarios to run, in the order of the list; all of them when none is named. */
  readonly only: readonly string[]
  /** Words of the command that brings one image to the nodes; one of them has `{image}`. */
  readonly load?: readonly string[]
  /** Without it the manifests are applied as they are. */
  readonly pullPolicy?: PullPolicy
  /** Words of the command that kills a container's process with SIGKILL; one of them has `{container-id}`. */
  readonly kill?: readonly string[]
  /** Folder for the timelines. */
  readonly output: string
  /** Leaves the namespaces as they are. */
  readonly keep: boolean
  /** Records the corpus of the Pod runner in place of playing scenarios; `only` names its Pods then. */
  readonly record: boolean
  /** How often each Pod of the corpus is played. */
  readonly recordings: number
}

export type Parsed =
  | { readonly kind: 'run'; readonly options: E2eOptions }
  | { readonly kind: 'list' | 'help' }
  | { readonly kind: 'mistake'; readonly message: string }

export const usage = `Proves on a real Kubernetes what this project says about its Pods.

  npm run e2e -- [SCENARIO...] [options]      without a SCENARIO: all of them
  npm run e2e -- --record [POD...] [options]  writes the golden files of test/pod/corpus anew

  --load "COMMAND {image}"          brings each image to the nodes first, such as "kind load docker-image {image}";
                                    builds the images before that, and sets --pull-policy Never
  --pull-policy POLICY              Always, IfNotPresent or Never, in place of what the manifests say
  --kill "COMMAND {container-id}"   kills a sidecar through the container runtime; without it another container
                                    of a Pod with a shared process namespace does
  --output FOLDER                   for the timelines; default .cache/e2e
  --keep                            leaves the namespaces, to look at them
  --recordings N                    how often --record plays each Pod; only what held every time is a fact; default 3
  --list                            the scenarios

It takes the current context of KUBECONFIG, and makes and removes namespaces of its own.
Exit code: 0 all passed, 1 one failed, 2 they could not be run, 130 Ctrl-C.`

const policies: readonly PullPolicy[] = ['Always', 'IfNotPresent', 'Never']

/** What can be named on the command line. */
export interface Known {
  readonly scenarios: readonly string[]
  /** Of the corpus. */
  readonly pods: readonly string[]
}

export function parseOptions(args: readonly string[], { scenarios, pods }: Known): Parsed {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        load: { type: 'string' },
        'pull-policy': { type: 'string' },
        kill: { type: 'string' },
        output: { type: 'string', default: '.cache/e2e' },
        keep: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        recordings: { type: 'string', default: '3' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { kind: 'help' }
    if (values.list) return { kind: 'list' }
    const { record } = values
    const known = record ? pods : scenarios
    const unknown = positionals.find((name) => !known.includes(name))
    if (unknown !== undefined)
      throw new Error(`no ${record ? 'Pod of the corpus' : 'scenario'} "${unknown}"; there are: ${known.join(', ')}`)
    const load = commandOf('--load', values.load, '{image}')
    const kill = commandOf('--kill', values.kill, '{container-id}')
    const pullPolicy = policyOf(values['pull-policy']) ?? (load === undefined ? undefined : 'Never')
    const { output, keep } = values
    const options: E2eOptions = {
      only: positionals,
      output,
      keep,
      record,
      recordings: countOf('--recordings', values.recordings),
      ...(load !== undefined && { load }),
      ...(kill !== undefined && { kill }),
      ...(pullPolicy !== undefined && { pullPolicy }),
    }
    return { kind: 'run', options }
  } catch (error) {
    return { kind: 'mistake', message: error instanceof Error ? error.message : String(error) }
  }
}

function commandOf(flag: string, value: string | undefined, place: string): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (!value.includes(place)) throw new Error(`${flag}: expected a command with ${place}, found "${value}"`)
  return value.trim().split(/\s+/)
}

function countOf(flag: string, value: string): number {
  if (!/^[1-9]\d?$/.test(value)) throw new Error(`${flag}: expected a number 1..99, found "${value}"`)
  return Number(value)
}

function policyOf(value: string | undefined): PullPolicy | undefined {
  if (value === undefined) return undefined
  const policy = policies.find((each) => each === value)
  if (policy === undefined) throw new Error(`--pull-policy: expected ${policies.join(', ')}, found "${value}"`)
  return policy
}
