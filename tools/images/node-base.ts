/**
 * The base of all sidecar images: Node and the libraries it needs. From a public Node image where a registry can be
 * reached; else from the Node that npm brought and the libraries of this machine, so that everything works offline.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, rootFolder } from '../setup/cache-folder.ts'
import { runProgram } from '../setup/run-program.ts'
import { sourceHash } from '../setup/source-hash.ts'
import { buildImage, type ImageRecipe, isMadeFrom } from './docker-image.ts'
import { assembleRootfs } from './rootfs.ts'

const nodePackage = join(rootFolder, 'node_modules', 'node')

/** The Node version of the workspace, which is also that of the images. */
export const nodeVersion: string = JSON.parse(readFileSync(join(nodePackage, 'package.json'), 'utf8')).version
export const nodeBaseTag = `podmates/node:${nodeVersion}`
const publicImage = `node:${nodeVersion}-trixie-slim`

/** Where a base comes from. `host` is possible on Linux alone: the files must fit the kernel in the container. */
export type BaseSource = 'registry' | 'host'

/**
 * Makes the base, unless it is there and up to date.
 * @param source without it: the registry when it answers, else the host
 */
export async function makeNodeBase(source?: BaseSource): Promise<void> {
  const madeBy = ['rootfs.ts', 'host.Dockerfile', 'node.Dockerfile'].map((name) => join(import.meta.dirname, name))
  const inputs = sourceHash(rootFolder, madeBy)
  if (await isMadeFrom(nodeBaseTag, inputs)) return
  const chosen = source ?? ((await canPull()) ? 'registry' : 'host')
  console.log(`making the base ${nodeBaseTag}, from ${chosen === 'registry' ? publicImage : 'this machine'}`)
  const recipe = chosen === 'registry' ? fromRegistry() : await fromHost()
  await buildImage({ ...recipe, tag: nodeBaseTag }, inputs)
}

async function canPull(): Promise<boolean> {
  const { code } = await runProgram('docker', ['pull', '--quiet', publicImage])
  return code === 0
}

type BaseRecipe = Omit<ImageRecipe, 'tag'>

function fromRegistry(): BaseRecipe {
  const dockerfile = join(import.meta.dirname, 'node.Dockerfile')
  return { dockerfile, context: rootFolder, buildArgs: { NODE: publicImage } }
}

async function fromHost(): Promise<BaseRecipe> {
  if (process.platform !== 'linux')
    throw new Error(`no registry answers, and a base cannot be made on ${process.platform}`)
  const folder = join(cacheFolder, 'images', 'rootfs')
  await assembleRootfs(folder, join(nodePackage, 'bin', 'node'))
  return { dockerfile: join(import.meta.dirname, 'host.Dockerfile'), context: folder }
}
