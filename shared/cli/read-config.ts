/** Where a sidecar's configuration comes from: a file, the targets on the command line, or nothing but defaults. */
import { existsSync } from 'node:fs'
import { type ConfigResult, type ConfigWorld, loadConfig, loadConfigFile } from '../config/load-config.ts'
import { readFileAtMost } from '../config/read-file.ts'
import type { ConfigSchema, SidecarFace } from './sidecar-definition.ts'
import type { RunContext } from './verb.ts'

/** What came of reading it. */
export interface ConfigReading<Schema extends ConfigSchema> {
  readonly result: ConfigResult<Schema>
  /** As it stands in messages: a path, or `arguments`. */
  readonly file: string
  /** There was no file, and the sidecar works without one. */
  readonly isDefault: boolean
}

type Asked<Schema extends ConfigSchema> = Pick<RunContext<Schema>, 'definition' | 'operands' | 'options' | 'env'>

/** Reads and checks the configuration. Never throws for what stands in it. */
export async function readConfig<Schema extends ConfigSchema>(asked: Asked<Schema>): Promise<ConfigReading<Schema>> {
  const { definition, operands, options, env } = asked
  const { configDefinition } = await definition.config()
  const world: ConfigWorld = { env, readFile: readFileAtMost }
  if (operands.length > 0 && definition.targets !== undefined) {
    const file = 'arguments'
    const text = definition.targets.toConfig(operands, options.target)
    return { result: loadConfig(configDefinition, { file, text }, world), file, isDefault: false }
  }
  const file = options.config ?? usualFile(definition)
  // A file that was asked for must be there; the usual one may be missing where all keys have defaults.
  const ifMissing = options.config === undefined ? 'defaults' : 'refuse'
  const result = loadConfigFile(configDefinition, { file, ifMissing }, world)
  return { result, file, isDefault: result.ok && !existsSync(file) }
}

/** The file that is read when none is named. */
export function usualFile({ name }: Pick<SidecarFace, 'name'>): string {
  return `/etc/podmates/${name}.yaml`
}
