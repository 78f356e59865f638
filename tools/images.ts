/**
 * `npm run images`: all images of the project in one go, their sizes, and the layer that the sidecars share.
 * A second run builds nothing unless something has changed.
 */
import { makeAppImages } from './images/app-images.ts'
import { type Image, inspectImage, removeOldImages } from './images/docker-image.ts'
import { nodeBaseTag } from './images/node-base.ts'
import { makeSidecarImages } from './images/sidecar-images.ts'
import { cacheFolder } from './setup/cache-folder.ts'
import { docker } from './setup/docker.ts'
import { withLock } from './setup/lock.ts'

export interface Images {
  readonly base: Image
  readonly sidecars: readonly Image[]
  readonly apps: readonly Image[]
}

/**
 * Makes every image that is missing or out of date. Safe to call from two processes at once.
 * @throws Error when the engine or Go is missing, or a build fails
 */
export async function buildImages(): Promise<Images> {
  return withLock(`${cacheFolder}/images.lock`, async () => {
    const sidecars = await makeSidecarImages()
    const apps = await makeAppImages()
    await removeOldImages()
    return { base: await inspectImage(nodeBaseTag), sidecars, apps }
  })
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`.padStart(9)

function describe({ base, sidecars, apps }: Images): string {
  const row = (image: Image, note: string): string =>
    `${image.tag.padEnd(28)}${megabytes(image.bytes)}   ${note}`.trimEnd()
  return [
    ...sidecars.map((image) => row(image, `of it${megabytes(image.bytes - base.bytes)} its own`)),
    ...apps.map((image) => row(image, '')),
    `shared layer: ${base.layers[0]}`,
  ].join('\n')
}

if (import.meta.main) {
  const engine = await docker()
  if (!engine.available) {
    console.error(`${engine.reason}: ${engine.remedy}`)
    process.exit(1)
  }
  console.log(describe(await buildImages()))
}
