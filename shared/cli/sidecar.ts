/**
 * The command line of every sidecar. Nothing but the arguments is looked at here: each verb is loaded when it
 * is asked for, because an exec'd `podmate status` lives in the memory limit of the sidecar that it asks.
 */
import { nodeProcess } from '../lifecycle/process-edge.ts'
import { systemClock } from '../world/clock.ts'
import { readArguments } from './arguments.ts'
import { attentive } from './attentive-edge.ts'
import { refusalText } from './command-line.ts'
import type { ConfigSchema, SidecarDefinition } from './sidecar-definition.ts'
import { processTerminal } from './terminal.ts'
import { verbTable } from './verb-table.ts'

/** Runs the verb that the process was started with. `main.ts` calls it, and does nothing else. */
export async function sidecar<Schema extends ConfigSchema>(definition: SidecarDefinition<Schema>): Promise<void> {
  const { env } = process
  const request = readArguments(process.argv.slice(2), definition)
  switch (request.kind) {
    case 'refused':
      processTerminal().err(refusalText(request))
      process.exitCode = 2
      return
    case 'help': {
      const { helpText, verbHelpText } = await import('./help.ts')
      processTerminal().out(request.verb === undefined ? helpText(definition) : verbHelpText(definition, request.verb))
      return
    }
    case 'verb': {
      const { verb, operands, options } = request
      const context = { definition, operands, options, env, clock: systemClock }
      if (verb === 'run') {
        const edge = attentive(nodeProcess(env.PODMATES_TERMINATION_LOG)) // SIGTERM is handled from here on
        const { run } = await import('./verbs/run.ts')
        return run(context, edge)
      }
      const code = await verbTable[verb].load()
      process.exitCode = await code.verb({ ...context, terminal: processTerminal() })
    }
  }
}
