/**
 * The command line of every sidecar. Nothing but the arguments is looked at here: each verb is loaded when it
 * is asked for, because an exec'd `podmate status` lives in the memory limit of the sidecar that it asks.
 */
import type { ConfigSchema, SidecarDefinition } from './sidecar-definition.ts'

/** Runs the verb that the process was started with. `main.ts` calls it, and does nothing else. */
export async function sidecar<Schema extends ConfigSchema>(_definition: SidecarDefinition<Schema>): Promise<void> {}
