/**
 * The volumes of one Pod as directories of this machine, for both drivers: emptyDirs are plain directories,
 * everything projected from ConfigMaps, Secrets and the downward API is written as the kubelet writes it, with
 * `..data` swapped at each change. All lie in one directory that the Pod takes away at its end.
 */
import { chmod, chown, cp, lchown, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type AtomicWriter, atomicWriter } from '@podmates/shared/testing/atomic-writer.ts'
import type { ContainerSpec, PodSpec, Projection, VolumeData, VolumeMount } from '../manifest/pod-manifest.ts'
import { fieldValue, type PodFacts, resourceValue } from './downward.ts'
import { type Mount, StartError } from './driver.ts'
import type { Objects } from './environment.ts'
import { makePodFolder } from './pod-folder.ts'

export type Adapt = (volume: string, text: string) => string

/** Where each volume lies, by its name. */
export type VolumePaths = ReadonlyMap<string, string>

export interface Volumes {
  readonly paths: VolumePaths
  /**
   * Writes every projected volume anew that its sources changed; the others stay untouched.
   * @param adapt changes the text of a file for its volume, as a driver needs it that cannot mount
   */
  publish(objects: Objects, facts: PodFacts, adapt: Adapt): Promise<void>
  /** @throws StartError when a subPath leads nowhere */
  mountsOf(container: ContainerSpec): Promise<Mount[]>
  remove(): Promise<void>
}

interface Place {
  readonly pod: PodSpec
  readonly paths: VolumePaths
  /** Where the files of subPaths are kept. */
  readonly pins: string
}

/** Anyone may write, as in an emptyDir of a cluster. */
const emptyDirMode = 0o777
/** New files get the group of the directory, when the Pod has an fsGroup. */
const setgid = 0o2000

export async function openVolumes(pod: PodSpec): Promise<Volumes> {
  const root = await makePodFolder(pod.name, 'volumes')
  await chmod(root, 0o755)
  let published: Promise<unknown> = Promise.resolve()
  const pins = join(root, '.pins')
  await mkdir(pins)
  const paths = new Map<string, string>()
  const writers = new Map<string, AtomicWriter>()
  for (const volume of pod.volumes) {
    const path = volume.kind === 'hostPath' ? volume.path : join(root, volume.name)
    paths.set(volume.name, path)
    if (volume.kind === 'hostPath') continue
    await makeVolume(path, pod.fsGroup)
    if (volume.kind === 'projected') writers.set(volume.name, writerOf(path, volume.mode, pod.fsGroup))
  }

  return {
    paths,
    publish: (objects, facts, adapt) => {
      const next = published.then(() => publishAll(objects, facts, adapt))
      published = next.catch(() => {}) // whoever asked for it is told; the next is written all the same
      return next
    },
    mountsOf: (container) => Promise.all(container.volumeMounts.map((mount) => mountOf(mount, { pod, paths, pins }))),
    remove: () => rm(root, { recursive: true, force: true }),
  }

  async function publishAll(objects: Objects, facts: PodFacts, adapt: Adapt): Promise<void> {
    for (const volume of pod.volumes) {
      if (volume.kind !== 'projected') continue
      const files = filesOf(volume.sources, pod, objects, facts)
      await writers.get(volume.name)?.write(mapText(files, (text) => adapt(volume.name, text)))
    }
  }
}

async function makeVolume(path: string, fsGroup: number | undefined): Promise<void> {
  await mkdir(path)
  const ours = fsGroup !== undefined && process.getuid?.() === 0
  if (ours) await chown(path, -1, fsGroup)
  await chmod(path, ours ? emptyDirMode | setgid : emptyDirMode)
}

/** The kubelet lets the fsGroup read what it projects, and sees to that before anybody can find it. */
function writerOf(path: string, mode: number, fsGroup: number | undefined): AtomicWriter {
  return atomicWriter(path, {
    mode: fsGroup === undefined ? mode : mode | 0o440,
    onStep: async (step) => {
      if (step === 'setModes') await giveToGroup(path, fsGroup)
    },
  })
}

async function giveToGroup(dir: string, fsGroup: number | undefined): Promise<void> {
  if (fsGroup === undefined || process.getuid?.() !== 0) return
  for (const entry of await readdir(dir, { recursive: true })) await lchown(join(dir, entry), 0, fsGroup)
}

function filesOf(sources: readonly Projection[], pod: PodSpec, objects: Objects, facts: PodFacts): VolumeData {
  return Object.assign({}, ...sources.map((source) => filesOfSource(source, pod, objects, facts)))
}

function filesOfSource(source: Projection, pod: PodSpec, objects: Objects, facts: PodFacts): VolumeData {
  if (source.from === 'downwardAPI') {
    const [own] = pod.containers // a resource field of a volume names its container
    return Object.fromEntries(
      source.items.map(({ path, source: field }) => {
        const value =
          field.from === 'field' ? fieldValue(field.path, pod, facts) : own && resourceValue(field, own, pod, facts)
        return [path, value ?? '']
      }),
    )
  }
  const data = objects[source.from][source.name] ?? {}
  if (source.items === undefined) return data
  return Object.fromEntries(source.items.flatMap(({ key, path }) => (key in data ? [[path, data[key] ?? '']] : [])))
}

function mapText(files: VolumeData, change: (text: string) => string): VolumeData {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, typeof content === 'string' ? change(content) : content]),
  )
}

async function mountOf(mount: VolumeMount, { pod, paths, pins }: Place): Promise<Mount> {
  const { volume, mountPath, subPath, readOnly } = mount
  const path = paths.get(volume)
  if (path === undefined) throw new StartError(`no volume "${volume}"`)
  const isProjected = pod.volumes.some(({ name, kind }) => name === volume && kind === 'projected')
  const whole = { hostPath: path, mountPath, readOnly: readOnly || isProjected }
  if (subPath === undefined) return whole
  const inside = join(path, subPath)
  if (isProjected) return { ...whole, hostPath: await pin(inside, pins, pod.fsGroup) }
  await mkdir(inside, { recursive: true })
  return { ...whole, hostPath: inside }
}

/**
 * A subPath of a projected volume is looked up once: the container keeps the file of that moment, whatever
 * `..data` points to later, as it keeps the inode of a bind mount in a cluster.
 */
async function pin(path: string, pins: string, fsGroup: number | undefined): Promise<string> {
  const copy = join(await mkdtemp(join(pins, 'pin-')), basename(path))
  try {
    await cp(await realpath(path), copy, { recursive: true })
  } catch (error) {
    throw new StartError(`no file at the subPath ${path}`, { cause: error })
  }
  await chmod(dirname(copy), 0o755)
  await giveToGroup(dirname(copy), fsGroup)
  return copy
}
