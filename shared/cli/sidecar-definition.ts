/** What makes one sidecar different from the others on the command line. Code is behind functions: a verb loads only what it needs. */
import type * as v from 'valibot'
import type { AdminSettings } from '../admin/admin-settings.ts'
import type { ConfigDefinition } from '../config/define-config.ts'
import type { LogLevel } from '../log/logger.ts'
import type { SidecarParts, SidecarWorld } from './sidecar-parts.ts'

/** The keys that the command line itself reads, where a sidecar has them. */
export interface CommonConfig {
  readonly admin?: AdminSettings
  readonly log?: { readonly level?: LogLevel }
  /** The sidecar's own keys; one may have none of the above (init waiter). */
  readonly [key: string]: unknown
}

/** A schema whose value has the common keys. */
export type ConfigSchema = v.BaseSchema<unknown, CommonConfig, v.BaseIssue<unknown>>

/** What the command line must know of a sidecar to understand its arguments. */
export interface SidecarFace {
  /** `ambassador`; also the name of the config file, `/etc/podmates/ambassador.yaml`. */
  readonly name: string
  /** The admin server's usual port. Without it there is no admin server, and no verb that asks one. */
  readonly adminPort?: number
  /** Targets on the command line in place of a config file. */
  readonly targets?: TargetArguments
}

export interface SidecarDefinition<Schema extends ConfigSchema = ConfigSchema> extends SidecarFace {
  /** Loads `config.ts`. */
  readonly config: () => Promise<{ readonly configDefinition: ConfigDefinition<Schema> }>
  /** Loads `parts.ts`. */
  readonly parts: () => Promise<{
    readonly createParts: (config: v.InferOutput<Schema>, world: SidecarWorld) => SidecarParts | Promise<SidecarParts>
  }>
  /** The exit code after SIGTERM; 0 unless the sidecar is a plain init container, whose 0 lets the Pod go on. */
  readonly signalExitCode?: number
}

/** A sidecar that can be told what to do by arguments: `podmate tcp://db:5432 --timeout 60s`. */
export interface TargetArguments {
  /** For `--help`: `TARGET...`. */
  readonly usage: string
  /** For `--help`: one sentence. */
  readonly does: string
  /** Options of its own: name without dashes, and what `--help` says. Each takes a value. */
  readonly options: Readonly<Record<string, { readonly value: string; readonly does: string }>>
  /** Whether a first word is a target and not a misspelt verb. */
  readonly isTarget: (word: string) => boolean
  /** Writes the config (YAML) that the arguments stand for; it is checked like any other, under the file name `arguments`. */
  readonly toConfig: (targets: readonly string[], options: Readonly<Record<string, string>>) => string
}
