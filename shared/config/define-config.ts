/** What a sidecar's `config.ts` exports: one schema, and everything that the verbs need to know beside it. */
import type * as v from 'valibot'
import type { AnySchema } from './custom-schema.ts'
import type { Refusal } from './refusal.ts'

export type Path = readonly (string | number)[]

/** Reports a problem at a place of the config. The code is PM0201 ("names something that is not there") unless given. */
export type Report = (path: Path, refusal: Omit<Refusal, 'code'> & Partial<Pick<Refusal, 'code'>>) => void

/** Warns of something at a place of the config. It says what follows from it, and its hint what to write instead. */
export type Warn = (
  path: Path,
  warning: Pick<Refusal, 'code' | 'hint' | 'mark'> & { readonly sentence: string },
) => void

export interface ConfigDefinition<Schema extends AnySchema = AnySchema> {
  /** The sidecar's name: `ambassador`. */
  readonly name: string
  /** Its title in the JSON Schema: `Podmates ambassador`. */
  readonly title: string
  /** A block, possibly with checks behind it in a pipe. */
  readonly schema: Schema
  /** The smallest config that is of use; printed when there is none. Without it, no config means all defaults. */
  readonly minimal?: string
  /**
   * Checks that need the whole config, such as times that exclude each other. Runs when every key and every value is
   * right, for a wrong value would make others look wrong. Names that must exist are no matter for it (`names.ts`).
   */
  check?(config: v.InferOutput<Schema>, report: Report): void
  /**
   * What a sidecar can run with and nobody can have meant. Runs when the config is right. Only what is certain: a
   * warning that is not heeded because it is wrong hides the next one that is right. Codes PM03xx.
   */
  warn?(config: v.InferOutput<Schema>, warn: Warn): void
}

/** States a sidecar's configuration; only gives the types their place. */
export function defineConfig<const Schema extends AnySchema>(
  definition: ConfigDefinition<Schema>,
): ConfigDefinition<Schema> {
  return definition
}

/** The typed value that `loadConfig` returns for a definition. */
export type ConfigOf<Definition> = Definition extends ConfigDefinition<infer Schema> ? v.InferOutput<Schema> : never
