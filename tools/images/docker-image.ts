/** Builds images through the docker command line, and only those whose inputs have changed. */
import { mustRun, runProgram } from '../setup/run-program.ts'

export interface ImageRecipe {
  /** `podmates/ambassador:dev` */
  readonly tag: string
  readonly dockerfile: string
  /** The folder whose files the Dockerfile copies. */
  readonly context: string
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
}

/** Carries the hash of all that an image was made from. */
const inputsLabel = 'dev.podmates.inputs'
/** Carried by the stages of our Dockerfiles that do not end up in an image. */
const stageLabel = 'dev.podmates.stage'

export interface Image {
  readonly tag: string
  readonly id: string
  /** Of all layers, uncompressed. */
  readonly bytes: number
  /** Digests of the layers' contents, the lowest first. */
  readonly layers: readonly string[]
}

/**
 * Builds the image, unless the one with this tag was made from the same inputs.
 * @param inputs hash of all that the image is made from: the copied files, the Dockerfile, the base, the labels
 * @returns whether it was built now
 * @throws Error with the engine's own words when the build fails
 */
export async function buildImage(recipe: ImageRecipe, inputs: string): Promise<boolean> {
  const { tag, dockerfile, context, buildArgs = {}, labels = {} } = recipe
  if (await isMadeFrom(tag, inputs)) return false
  const flags = [
    ...Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...Object.entries({ ...labels, [inputsLabel]: inputs }).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
  ]
  await mustRun('docker', ['build', '--file', dockerfile, '--tag', tag, ...flags, context])
  return true
}

/** Whether the image with this tag was made from these inputs. */
export async function isMadeFrom(tag: string, inputs: string): Promise<boolean> {
  const format = `{{index .Config.Labels "${inputsLabel}"}}`
  const { code, stdout } = await runProgram('docker', ['image', 'inspect', '--format', format, tag])
  return code === 0 && stdout.trim() === inputs
}

/** Removes what rebuilding left behind: earlier versions of our images and stages, as far as nothing uses them. */
export async function removeOldImages(): Promise<void> {
  for (const label of [inputsLabel, stageLabel]) {
    await mustRun('docker', ['image', 'prune', '--force', '--filter', `label=${label}`])
  }
}

/** @throws Error when there is no such image */
export async function inspectImage(tag: string): Promise<Image> {
  const [facts] = JSON.parse(await mustRun('docker', ['image', 'inspect', tag]))
  return { tag, id: facts.Id, bytes: facts.Size, layers: facts.RootFS.Layers }
}
