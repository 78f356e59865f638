/** One image per sidecar, and the proof that all of them stand on the same Node layer. */
import { join } from 'node:path'
import { type Bundle, bundleSidecar, type SidecarName, sidecarNames } from '../build/bundle-sidecar.ts'
import { currentRevision, type Revision } from '../build/revision.ts'
import { rootFolder } from '../setup/cache-folder.ts'
import { sourceHash } from '../setup/source-hash.ts'
import { buildImage, type Image, inspectImage } from './docker-image.ts'
import { makeNodeBase, nodeBaseTag } from './node-base.ts'

/** Where the sources are published, for the label that image scanners and registries read. */
const source = 'https://github.com/podmates/podmates'

export const sidecarTag = (name: SidecarName): string => `podmates/${name}:dev`

/** Makes all four and their base; what is up to date is left as it is. */
export async function makeSidecarImages(): Promise<readonly Image[]> {
  await makeNodeBase()
  const base = await inspectImage(nodeBaseTag)
  const revision = await currentRevision()
  const images = await Promise.all(
    sidecarNames.map(async (name) => makeImage(await bundleSidecar(name, revision), revision, base)),
  )
  requireSharedLayer(images, base)
  return images
}

async function makeImage({ name, folder }: Bundle, revision: Revision, base: Image): Promise<Image> {
  const dockerfile = join(rootFolder, 'sidecars', name, 'Dockerfile')
  const recipe = {
    tag: sidecarTag(name),
    dockerfile,
    context: rootFolder,
    buildArgs: { BASE: nodeBaseTag },
    labels: {
      'org.opencontainers.image.source': source,
      'org.opencontainers.image.version': revision.version,
      'org.opencontainers.image.revision': revision.commit,
    },
  }
  await buildImage(recipe, `${base.id} ${sourceHash(rootFolder, [folder, dockerfile])}`)
  return inspectImage(recipe.tag)
}

/** @throws Error naming the images that would cost a Pod a second Node in memory */
function requireSharedLayer(images: readonly Image[], base: Image): void {
  const strangers = images.filter((image) => image.layers[0] !== base.layers[0])
  if (strangers.length > 0) {
    throw new Error(`not on the layer of ${base.tag}: ${strangers.map((image) => image.tag).join(', ')}`)
  }
}
