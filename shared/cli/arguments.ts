/** Reads the command line. What it cannot understand it refuses, and names what was probably meant. */
import { parseArgs } from 'node:util'
import { suggestion } from '../config/nearest-word.ts'
import { type LogLevel, logLevels } from '../log/logger.ts'
import type { SidecarFace } from './sidecar-definition.ts'
import { type OptionName, optionTable, type VerbEntry, type VerbName, verbsOf } from './verb-table.ts'

/** The options of a verb that have a meaning for it; those it does not take have been refused. */
export interface Options {
  readonly config?: string
  /** As written; the verb that needs it reads it. */
  readonly admin?: string
  readonly logLevel?: LogLevel
  readonly output: 'text' | 'json'
  /** As written; the sidecar that is asked reads it. */
  readonly for?: string
  /** The sidecar's own options, that go with targets. */
  readonly target: Readonly<Record<string, string>>
}

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'verb'; readonly verb: VerbName; readonly operands: readonly string[]; readonly options: Options }
  | { readonly kind: 'help'; readonly verb?: VerbName }
  | { readonly kind: 'refused'; readonly reason: string }

/** @param argv without the program's own name */
export function readArguments(argv: readonly string[], sidecar: SidecarFace): Request {
  const { words, given, problem } = split(argv, sidecar)
  if (problem !== undefined) return refused(problem)
  const chosen = chooseVerb(words, sidecar)
  if ('reason' in chosen) return chosen
  const { verb, entry, operands } = chosen
  if (given.has('help')) return words.length === 0 ? { kind: 'help' } : { kind: 'help', verb }
  const misplaced = misplacedOption(given, verb, entry, sidecar) ?? misplacedOperand(operands, verb, entry, sidecar)
  if (misplaced !== undefined) return refused(misplaced)
  return withOptions({ verb, operands }, given, sidecar)
}

interface Words {
  readonly words: readonly string[]
  /** By name without dashes; the last one counts when an option comes twice. */
  readonly given: ReadonlyMap<string, string>
  readonly problem?: string
}

function split(argv: readonly string[], { targets }: SidecarFace): Words {
  const own = Object.fromEntries(Object.keys(targets?.options ?? {}).map((name) => [name, { type: 'string' as const }]))
  const common = Object.fromEntries(
    Object.entries(optionTable).map(([name, option]) => [
      name,
      {
        type: 'value' in option ? ('string' as const) : ('boolean' as const),
        ...('short' in option ? { short: option.short } : {}),
      },
    ]),
  )
  const options = { ...own, ...common }
  const { tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true })
  const words: string[] = []
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const option = options[token.name]
    if (option === undefined) return { words, given, problem: unknownOption(token.rawName, Object.keys(options)) }
    const { value = '' } = token
    const isSwallowed = token.inlineValue === false && value.startsWith('-')
    if (option.type === 'string' && (value === '' || isSwallowed)) {
      return { words, given, problem: `${token.rawName} needs a value` }
    }
    if (option.type === 'boolean' && token.value !== undefined) {
      return { words, given, problem: `${token.rawName} takes no value` }
    }
    given.set(token.name, value)
  }
  return { words, given }
}

function unknownOption(rawName: string, names: readonly string[]): string {
  const { hint } = suggestion(rawName.replace(/^-+/, ''), names)
  return `unknown option ${rawName}${hint === undefined ? '' : `; ${hint.replace('"', '"--')}`}`
}

type Chosen =
  | { readonly verb: VerbName; readonly entry: VerbEntry; readonly operands: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }

function chooseVerb(words: readonly string[], sidecar: SidecarFace): Chosen {
  const verbs = new Map(verbsOf(sidecar))
  const run = verbs.get('run') as VerbEntry
  const [first, ...operands] = words
  if (first === undefined) return { verb: 'run', entry: run, operands: [] }
  const verb = first as VerbName
  const entry = verbs.get(verb)
  if (entry !== undefined) return { verb, entry, operands }
  if (sidecar.targets?.isTarget(first)) return { verb: 'run', entry: run, operands: words }
  if (new Map(verbsOf({ adminPort: 0 })).has(verb)) {
    return refused(`${sidecar.name} has no verb "${first}": it has no admin server that could be asked`)
  }
  const { hint } = suggestion(first, [...verbs.keys()])
  return refused(`unknown verb "${first}"; ${hint ?? `the verbs are ${[...verbs.keys()].join(', ')}`}`)
}

function misplacedOption(
  given: ReadonlyMap<string, string>,
  verb: VerbName,
  entry: VerbEntry,
  sidecar: SidecarFace,
): string | undefined {
  const targetOptions = entry.takesTargets === undefined ? [] : Object.keys(sidecar.targets?.options ?? {})
  const allowed: readonly string[] = [...entry.options, ...targetOptions]
  const wrong = [...given.keys()].find((name) => !allowed.includes(name))
  if (wrong === undefined) return undefined
  const takers = verbsOf(sidecar).filter(([, { options }]) => options.includes(wrong as OptionName))
  const belongs = takers.length === 0 ? '' : `; it belongs to ${takers.map(([name]) => name).join(', ')}`
  return `${verb} does not take --${wrong}${belongs}`
}

function misplacedOperand(
  operands: readonly string[],
  verb: VerbName,
  entry: VerbEntry,
  { targets }: SidecarFace,
): string | undefined {
  if (targets !== undefined && entry.takesTargets) return undefined
  const { operand } = entry
  if (operand !== undefined && operands.length === 0) return `${verb} needs ${operand}`
  const tooMany = operands[operand === undefined ? 0 : 1]
  return tooMany === undefined ? undefined : `${verb} does not take "${tooMany}"`
}

function withOptions(
  { verb, operands }: { readonly verb: VerbName; readonly operands: readonly string[] },
  given: ReadonlyMap<string, string>,
  { targets }: SidecarFace,
): Request {
  const logLevel = given.get('log-level')
  if (logLevel !== undefined && !isLogLevel(logLevel)) return refused(notALevel(logLevel))
  const output = given.get('output') ?? 'text'
  if (output !== 'text' && output !== 'json') return refused(`-o knows json, not "${output}"`)
  const target = Object.fromEntries(
    Object.keys(targets?.options ?? {}).flatMap((name) => {
      const value = given.get(name)
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
  if (operands.length > 0 && targets !== undefined && given.has('config')) {
    return refused('targets and --config exclude each other')
  }
  const [lonely] = Object.keys(target)
  if (operands.length === 0 && lonely !== undefined) return refused(`--${lonely} goes with targets on the command line`)
  const text = (name: OptionName) => given.get(name)
  const [config, admin, duration] = [text('config'), text('admin'), text('for')]
  const options: Options = {
    output,
    target,
    ...(config === undefined ? {} : { config }),
    ...(admin === undefined ? {} : { admin }),
    ...(logLevel === undefined ? {} : { logLevel }),
    ...(duration === undefined ? {} : { for: duration }),
  }
  return { kind: 'verb', verb, operands, options }
}

/** Says which levels there are. */
export function notALevel(word: string): string {
  const { hint } = suggestion(word, logLevels)
  return `"${word}" is no log level; ${hint ?? `the levels are ${logLevels.join(', ')}`}`
}

/** Whether a word is a log level. */
export function isLogLevel(word: string): word is LogLevel {
  return (logLevels as readonly string[]).includes(word)
}

function refused(reason: string): { readonly kind: 'refused'; readonly reason: string } {
  return { kind: 'refused', reason }
}
