/** What a verb is given, and what it answers. */
import type { Clock } from '../world/clock.ts'
import type { Options } from './arguments.ts'
import type { ConfigSchema, SidecarDefinition } from './sidecar-definition.ts'
import type { Terminal } from './terminal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the command line said, and the world around it. */
export interface RunContext<Schema extends ConfigSchema> {
  readonly definition: SidecarDefinition<Schema>
  readonly operands: readonly string[]
  readonly options: Options
  readonly env: Environment
  readonly clock: Clock
}

/** For verbs that print something and end. */
export interface VerbContext<Schema extends ConfigSchema> extends RunContext<Schema> {
  readonly terminal: Terminal
}

/** @returns the exit code: 0 fine, 1 findings or failed, 2 not understood */
export type Verb = <Schema extends ConfigSchema>(context: VerbContext<Schema>) => Promise<ExitCode>

export type ExitCode = 0 | 1 | 2
