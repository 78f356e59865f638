/** Splits a command line into words and options, and refuses options that nobody knows or that lack their value. */
import { parseArgs } from 'node:util'
import { suggestion } from '../config/nearest-word.ts'
import type { SidecarFace } from './sidecar-definition.ts'
import { optionTable } from './verb-table.ts'

export type CommandLine =
  | {
      readonly kind: 'split'
      readonly words: readonly string[]
      /** By name without dashes, flags with an empty value; the last one counts when an option comes twice. */
      readonly given: ReadonlyMap<string, string>
    }
  | Refused

/** What could not be understood. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: string
}

/** @param argv without the program's own name */
export function splitCommandLine(argv: readonly string[], sidecar: Pick<SidecarFace, 'targets'>): CommandLine {
  const options = knownOptions(sidecar)
  const { tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true })
  const words: string[] = []
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const problem = problemWith(token, options)
    if (problem !== undefined) return refused(problem)
    given.set(token.name, token.value ?? '')
  }
  return { kind: 'split', words, given }
}

/** @param reason a clause for the message */
export function refused(reason: string): Refused {
  return { kind: 'refused', reason }
}

/** What stderr says of it. The exit code is 2. */
export function refusalText({ reason }: Refused): string {
  return `podmate: PM1021 ${reason}\nAll verbs and options: podmate --help`
}

type KnownOptions = Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>>

/** The common options, and those that go with the sidecar's targets. */
function knownOptions({ targets }: Pick<SidecarFace, 'targets'>): KnownOptions {
  const own = Object.keys(targets?.options ?? {}).map((name) => [name, { type: 'string' }] as const)
  const common = Object.entries(optionTable).map(([name, option]) => {
    const type = 'value' in option ? 'string' : 'boolean'
    return [name, { type, ...('short' in option && { short: option.short }) }] as const
  })
  return Object.fromEntries([...own, ...common])
}

interface OptionToken {
  readonly name: string
  /** With its dashes, as written. */
  readonly rawName: string
  readonly value?: string | undefined
  /** `--name=value` in place of `--name value`. */
  readonly inlineValue?: boolean | undefined
}

function problemWith({ name, rawName, value, inlineValue }: OptionToken, options: KnownOptions): string | undefined {
  switch (options[name]?.type) {
    case undefined: {
      const { hint } = suggestion(name, Object.keys(options))
      return `unknown option ${rawName}${hint === undefined ? '' : `; ${hint.replace('"', '"--')}`}`
    }
    case 'boolean':
      return value === undefined ? undefined : `${rawName} takes no value`
    case 'string': {
      // `--config --help` would take the one for the value of the other.
      const isSwallowed = inlineValue === false && value?.startsWith('-') === true
      return value === undefined || value === '' || isSwallowed ? `${rawName} needs a value` : undefined
    }
  }
}
