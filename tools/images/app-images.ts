/** Images of the Go apps: one static program each, on nothing. */
import { dirname, join } from 'node:path'
import { rootFolder } from '../setup/cache-folder.ts'
import { type AppName, goApps, hostTarget } from '../setup/go.ts'
import { sourceHash } from '../setup/source-hash.ts'
import { buildImage, type Image, inspectImage } from './docker-image.ts'

const appNames: readonly AppName[] = ['checkout', 'inventory', 'load', 'pause', 'puppet']

/** Makes `podmates/checkout:dev` and its companions; what is up to date is left as it is. */
export async function makeAppImages(): Promise<readonly Image[]> {
  const programs = await goApps({ os: 'linux', arch: hostTarget.arch })
  const dockerfile = join(rootFolder, 'test', 'apps', 'Dockerfile')
  const images: Image[] = []
  for (const name of appNames) {
    const tag = `podmates/${name}:dev`
    const recipe = { tag, dockerfile, context: dirname(programs[name]), buildArgs: { PROGRAM: name } }
    await buildImage(recipe, sourceHash(rootFolder, [programs[name], dockerfile]))
    images.push(await inspectImage(tag))
  }
  return images
}
