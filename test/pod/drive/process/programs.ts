/** What the process driver runs in place of an image: a program of this machine, and what its image would add. */
import { StartError } from '../driver.ts'

export interface Program {
  /** As the image's ENTRYPOINT; the first word is an absolute path or is looked up on the PATH. */
  readonly entrypoint: readonly string[]
  /** As the image's CMD. */
  readonly cmd?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Programs that the image has under a name of its own, for `command` and for exec: `podmate` -> `node main.ts`. */
  readonly commands?: Readonly<Record<string, readonly string[]>>
}

/** By the image's name without its tag. */
export type ProgramTable = Readonly<Record<string, Program>>

/** Where the Go apps of this project were built for this machine, absolute paths. */
export interface GoAppPaths {
  readonly checkout?: string
  readonly inventory?: string
  readonly puppet?: string
}

/**
 * The programs of this project.
 * @param root the checkout, an absolute path
 * @param apps absolute paths; an app that is left out cannot be started
 */
export function podmatesPrograms(root: string, { checkout, inventory, puppet }: GoAppPaths = {}): ProgramTable {
  return {
    'podmates/ambassador': sidecar(root, 'ambassador'),
    'podmates/config-helper': sidecar(root, 'config-helper'),
    'podmates/adapter': sidecar(root, 'adapter'),
    'podmates/init-waiter': { ...sidecar(root, 'init-waiter'), cmd: [] },
    ...(checkout !== undefined && {
      'podmates/checkout': {
        entrypoint: [checkout],
        env: { CONFIG_FILE: '/config/app.yaml', LOG_FILE: '/var/log/app/checkout.log' },
      },
    }),
    ...(inventory !== undefined && { 'podmates/inventory': { entrypoint: [inventory] } }),
    ...(puppet !== undefined && {
      'podmates/puppet': { entrypoint: [puppet], commands: { '/usr/bin/app': [puppet] } },
    }),
  }
}

/** Its default paths are spelt out, so that they can be rewritten where they cannot be mounted. */
function sidecar(root: string, name: string): Program {
  const entrypoint = [process.execPath, `${root}/sidecars/${name}/src/main.ts`]
  return { entrypoint, cmd: ['run', '--config', `/etc/podmates/${name}.yaml`], commands: { podmate: entrypoint } }
}

/** An image that the table does not know runs its `command` with the programs of this machine. */
export function programFor(image: string, table: ProgramTable): Program {
  return table[nameOf(image)] ?? { entrypoint: [] }
}

/** `registry:5000/podmates/checkout:dev@sha256:..` is `registry:5000/podmates/checkout`. */
export function nameOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
}

/**
 * The words to run, by the rules of Kubernetes: `command` replaces ENTRYPOINT and drops CMD, `args` replaces CMD.
 * @throws StartError when neither the table nor the manifest says what to run
 */
export function commandLine(
  image: string,
  program: Program,
  { command, args }: { readonly command?: readonly string[]; readonly args?: readonly string[] },
): readonly string[] {
  const first = command ?? program.entrypoint
  if (first.length === 0) throw new StartError(`no program is known for the image "${image}", and it has no command`)
  return withCommands([...first, ...(args ?? (command === undefined ? (program.cmd ?? []) : []))], program)
}

/** Puts the program in the place of a name that only the image knows. */
export function withCommands([first = '', ...rest]: readonly string[], { commands = {} }: Program): readonly string[] {
  return [...(commands[first] ?? [first]), ...rest]
}
