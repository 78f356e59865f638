/** From the words and options of a command line to what is asked for. What does not fit is refused, and named. */
import { suggestion } from '../config/nearest-word.ts'
import { isLogLevel, type LogLevel, logLevels } from '../log/logger.ts'
import { type Refused, refused, splitCommandLine } from './command-line.ts'
import type { SidecarFace } from './sidecar-definition.ts'
import { type VerbEntry, type VerbName, verbsOf } from './verb-table.ts'

/** The options of a verb that have a meaning for it; those it does not take have been refused. */
export interface Options {
  readonly config?: string
  /** As written; the verb that needs it reads it. */
  readonly admin?: string
  readonly logLevel?: LogLevel
  readonly output: 'text' | 'json'
  readonly strict?: true
  /** As written; the sidecar that is asked reads it. */
  readonly for?: string
  /** The sidecar's own options, that go with targets. */
  readonly target: Readonly<Record<string, string>>
}

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'verb'; readonly verb: VerbName; readonly operands: readonly string[]; readonly options: Options }
  | { readonly kind: 'help'; readonly verb?: VerbName }
  | Refused

/** @param argv without the program's own name */
export function readArguments(argv: readonly string[], sidecar: SidecarFace): Request {
  const line = splitCommandLine(argv, sidecar)
  if (line.kind === 'refused') return line
  const { words, given } = line
  const choice = chooseVerb(words, sidecar)
  if (choice.kind === 'refused') return choice
  const { verb, operands } = choice
  if (given.has('help')) return words.length === 0 ? { kind: 'help' } : { kind: 'help', verb }

  const reason =
    misplacedOption(choice, given, sidecar) ??
    misplacedOperand(choice, sidecar) ??
    misusedTargets(choice, given, sidecar) ??
    badValue(given)
  return reason === undefined ? { kind: 'verb', verb, operands, options: optionsOf(given, sidecar) } : refused(reason)
}

type Given = ReadonlyMap<string, string>

interface Choice {
  readonly kind: 'chosen'
  readonly verb: VerbName
  readonly entry: VerbEntry
  readonly operands: readonly string[]
}

function chooseVerb(words: readonly string[], sidecar: SidecarFace): Choice | Refused {
  const verbs = new Map<string, VerbEntry>(verbsOf(sidecar))
  const choose = (verb: VerbName, operands: readonly string[]): Choice => {
    return { kind: 'chosen', verb, entry: verbs.get(verb) as VerbEntry, operands }
  }
  const [first, ...rest] = words
  if (first === undefined) return choose('run', [])
  if (verbs.has(first)) return choose(first as VerbName, rest)
  if (sidecar.targets?.isTarget(first)) return choose('run', words)
  const ofOthers = new Map<string, VerbEntry>(verbsOf({ adminPort: 0 }))
  if (ofOthers.has(first)) {
    return refused(`${sidecar.name} has no verb "${first}": it has no admin server that could be asked`)
  }
  const { hint } = suggestion(first, [...verbs.keys()])
  return refused(`unknown verb "${first}"; ${hint ?? `the verbs are ${[...verbs.keys()].join(', ')}`}`)
}

function misplacedOption({ verb, entry }: Choice, given: Given, sidecar: SidecarFace): string | undefined {
  const allowed = [...entry.options, ...(entry.takesTargets === undefined ? [] : targetOptionsOf(sidecar))]
  const wrong = [...given.keys()].find((name) => !allowed.some((each) => each === name))
  if (wrong === undefined) return undefined
  const takers = verbsOf(sidecar).filter(([, { options }]) => options.some((each) => each === wrong))
  const belongs = takers.length === 0 ? '' : `; it belongs to ${takers.map(([name]) => name).join(', ')}`
  return `${verb} does not take --${wrong}${belongs}`
}

function misplacedOperand({ verb, entry, operands }: Choice, { targets }: SidecarFace): string | undefined {
  if (targets !== undefined && entry.takesTargets) return undefined
  const { operand } = entry
  if (operand !== undefined && operands.length === 0) return `${verb} needs ${operand}`
  const tooMany = operands[operand === undefined ? 0 : 1]
  return tooMany === undefined ? undefined : `${verb} does not take "${tooMany}"`
}

function misusedTargets({ entry, operands }: Choice, given: Given, sidecar: SidecarFace): string | undefined {
  if (entry.takesTargets === undefined) return undefined
  if (operands.length > 0) return given.has('config') ? 'targets and --config exclude each other' : undefined
  const lonely = targetOptionsOf(sidecar).find((name) => given.has(name))
  return lonely === undefined ? undefined : `--${lonely} goes with targets on the command line`
}

function targetOptionsOf({ targets }: SidecarFace): string[] {
  return Object.keys(targets?.options ?? {})
}

function badValue(given: Given): string | undefined {
  const level = given.get('log-level')
  if (level !== undefined && !isLogLevel(level)) return notALevel(level)
  const output = given.get('output')
  return output === undefined || output === 'json' ? undefined : `-o knows json, not "${output}"`
}

/** Says which levels there are, or which was meant. */
export function notALevel(word: string): string {
  const { hint } = suggestion(word, logLevels)
  return `"${word}" is no log level; ${hint ?? `the levels are ${logLevels.join(', ')}`}`
}

function optionsOf(given: Given, sidecar: SidecarFace): Options {
  const [config, admin, level, duration] = ['config', 'admin', 'log-level', 'for'].map((name) => given.get(name))
  const target = targetOptionsOf(sidecar).flatMap((name) => {
    const value = given.get(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    output: given.has('output') ? 'json' : 'text',
    target: Object.fromEntries(target),
    ...(given.has('strict') && { strict: true as const }),
    ...(config !== undefined && { config }),
    ...(admin !== undefined && { admin }),
    ...(level !== undefined && isLogLevel(level) && { logLevel: level }),
    ...(duration !== undefined && { for: duration }),
  }
}
