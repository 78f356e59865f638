/** Every verb: what `--help` says of it, what it takes, and where its code is. Code is loaded when its verb is asked for. */
import type { SidecarFace } from './sidecar-definition.ts'
import type { Verb } from './verb.ts'

/** Options by their name on the command line; what `--help` says of them. Without `value` it is a flag. */
export const optionTable = {
  config: { value: 'FILE', does: 'The configuration.' },
  admin: {
    value: 'HOST:PORT',
    does: "Whom to ask; for run, where the admin server listens in place of the configuration's admin.address.",
  },
  'log-level': { value: 'LEVEL', does: 'trace, debug, info, warn or error.' },
  output: { value: 'json', short: 'o', does: 'The same facts for programs.' },
  strict: { does: 'Ends with exit code 1 for warnings too.' },
  for: { value: 'DURATION', does: 'Takes the change back after this long, such as 10m; 24h at most.' },
  help: { short: 'h', does: 'Says all this; after a verb, what that verb takes.' },
} as const satisfies Record<string, { value?: string; short?: string; does: string }>

export type OptionName = keyof typeof optionTable

/** One verb. */
export interface VerbEntry {
  readonly does: string
  /** The word that must follow the verb, for `--help`. */
  readonly operand?: string
  readonly options: readonly OptionName[]
  /** Asks the admin server of a sidecar that runs; runs beside it, in its memory limit, so it loads no server code. */
  readonly isClient?: true
  /** Takes targets in place of a config file, where the sidecar knows targets. */
  readonly takesTargets?: true
  /** Missing for `run`, which does not end by itself. */
  readonly load?: () => Promise<{ readonly verb: Verb }>
}

export const verbTable = {
  run: { does: 'Runs the sidecar; the default.', options: ['config', 'admin', 'log-level'], takesTargets: true },
  check: {
    does: 'Checks the configuration and prints every problem, and warnings.',
    options: ['config', 'output', 'strict'],
    takesTargets: true,
    load: () => import('./verbs/check.ts'),
  },
  'print-config': {
    does: 'Prints the configuration with all defaults, without secrets.',
    options: ['config'],
    takesTargets: true,
    load: () => import('./verbs/print-config.ts'),
  },
  schema: {
    does: 'Prints the JSON Schema of the configuration, for editors.',
    options: [],
    load: () => import('./verbs/schema.ts'),
  },
  probe: {
    does: 'Asks the running sidecar; exit code 0 or 1, for health checks without curl.',
    operand: 'startup|live|ready',
    options: ['admin'],
    isClient: true,
    load: () => import('./verbs/probe.ts'),
  },
  status: {
    does: 'Says in a few lines how the running sidecar does.',
    options: ['admin', 'output'],
    isClient: true,
    load: () => import('./verbs/status.ts'),
  },
  loglevel: {
    does: 'Changes the log level of the running sidecar.',
    operand: 'LEVEL',
    options: ['admin', 'for'],
    isClient: true,
    load: () => import('./verbs/loglevel.ts'),
  },
  drain: {
    does: 'Tells the running sidecar that its Pod begins to end (preStop); it goes on until SIGTERM.',
    options: ['admin'],
    isClient: true,
    load: () => import('./verbs/drain.ts'),
  },
  explain: {
    does: 'Explains an error code.',
    operand: 'CODE',
    options: ['output'],
    load: () => import('./verbs/explain.ts'),
  },
  version: { does: 'Prints the version.', options: ['output'], load: () => import('./verbs/version.ts') },
} as const satisfies Record<string, VerbEntry>

export type VerbName = keyof typeof verbTable

/** The verbs that a sidecar has: without an admin server there is nobody to ask, and nowhere to listen. */
export function verbsOf({ adminPort }: Pick<SidecarFace, 'adminPort'>): [VerbName, VerbEntry][] {
  const all = Object.entries(verbTable) as [VerbName, VerbEntry][]
  if (adminPort !== undefined) return all
  return all
    .filter(([, { isClient }]) => isClient === undefined)
    .map(([name, entry]) => [name, { ...entry, options: entry.options.filter((option) => option !== 'admin') }])
}
