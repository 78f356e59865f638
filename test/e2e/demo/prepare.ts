/** What the demo needs of the machine: the Go programs, and with `--docker` the engine and the images. */
import { docker } from '../../../tools/setup/docker.ts'
import { go, goApps } from '../../../tools/setup/go.ts'
import { startContainer } from '../../docker/container.ts'

export interface Stagehands {
  /** Paths of the built Go programs. */
  readonly checkout: string
  readonly inventory: string
  /** The address of this machine that the Pod's containers reach, and this machine too. */
  readonly host: string
}

/** Exits with code 2 and the way to mend it when something cannot be set up. */
export async function prepare(options: { readonly docker: boolean }): Promise<Stagehands> {
  const toolchain = await go()
  if (!toolchain.available) return giveUp(toolchain)
  if (options.docker) {
    const engine = await docker()
    if (!engine.available) return giveUp(engine)
    const { buildImages } = await import('../../../tools/images.ts')
    await buildImages()
  }
  const { checkout, inventory } = await goApps()
  return { checkout, inventory, host: options.docker ? await bridgeAddress() : '127.0.0.1' }
}

function giveUp({ reason, remedy }: { readonly reason: string; readonly remedy: string }): never {
  console.error(`${reason}: ${remedy}`)
  process.exit(2)
}

/** This machine as a container on Docker's default network sees it; only a running container can tell. */
async function bridgeAddress(): Promise<string> {
  await using container = await startContainer({ image: 'podmates/pause:dev' })
  return container.inspect('{{.NetworkSettings.Gateway}}')
}
