/** The Compose programs that our compose files are tried with: version 2, and 1.29 where a machine has it. */
import { goTool } from './go.ts'
import { runProgram } from './run-program.ts'

export interface ComposeProgram {
  readonly program: string
  /** Come before the command: `docker compose` is the program `docker` with one of these. */
  readonly args: readonly string[]
  /** For people and for names: `v2.40.3`. */
  readonly version: string
}

const versionBuilt = 'v2.40.3'

/**
 * Compose v2, an installed one or else built from its Go module, and Compose 1.29 when it is installed.
 * @throws Error when v2 is missing and cannot be built, with the remedy
 */
export async function composePrograms(): Promise<readonly ComposeProgram[]> {
  const installed = await Promise.all([versionOf('docker', ['compose']), versionOf('docker-compose', [])])
  const programs = installed.filter((program) => program !== undefined)
  return programs.some(({ version }) => !version.startsWith('v1.')) ? programs : [await built(), ...programs]
}

/** @returns undefined when there is no such program, or it is no Compose */
async function versionOf(program: string, args: readonly string[]): Promise<ComposeProgram | undefined> {
  const { code, stdout } = await runProgram(program, [...args, 'version', '--short'])
  const number = /^v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
  return code === 0 && number !== undefined ? { program, args, version: `v${number}` } : undefined
}

async function built(): Promise<ComposeProgram> {
  const path = 'github.com/docker/compose/v2'
  const program = await goTool(
    {
      name: 'docker-compose',
      module: `${path}@${versionBuilt}`,
      package: './cmd',
      ldflags: `-X ${path}/internal.Version=${versionBuilt}`,
    },
    'about four minutes',
  )
  return { program, args: [], version: versionBuilt }
}
