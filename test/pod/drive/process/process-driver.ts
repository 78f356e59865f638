/**
 * Runs the containers of a Pod as child processes of this one: no engine, no images, no root needed. Volumes are at
 * their true paths where a private mount namespace can be had, else the paths are rewritten.
 */
import { accessSync, constants, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { sweepFolders } from '../../../docker/leftovers.ts'
import type { ContainerSpec, PodSpec } from '../../manifest/pod-manifest.ts'
import { type Driver, type Exit, type Launch, type RunningContainer, type Sandbox, StartError } from '../driver.ts'
import { createMessageFile, type MessageFile } from '../message-file.ts'
import { makePodFolder } from '../pod-folder.ts'
import { canMountPrivately, enterNamespaces, inPrivateRoot } from './private-mounts.ts'
import { startProcess } from './process-container.ts'
import { commandLine, nameOf, type Program, type ProgramTable, programFor, withCommands } from './programs.ts'
import { ambiguousPaths, placesFor, rewritePaths } from './rewritten-paths.ts'

/** `mounts`: true paths in a private mount namespace; `rewritten`: other paths, put in the place of the true ones. */
export type PathMode = 'mounts' | 'rewritten'

export interface ProcessDriverOptions {
  readonly programs: ProgramTable
  readonly paths: PathMode
}

/** True paths where this machine and user allow them. */
export async function pathModeOfMachine(): Promise<PathMode> {
  return (await canMountPrivately()) ? 'mounts' : 'rewritten'
}

/**
 * On Linux all of 127.0.0.0/8 is local, so the Pod can have an address that a server on 127.0.0.1 alone does not
 * answer, as in a cluster.
 */
const podIp = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'

export function processDriver(options: ProcessDriverOptions): Driver {
  const kept = keepUntilExit()
  return {
    name: 'process',
    deviations: (pod) => deviations(pod, options),
    openSandbox: (pod, volumes) => openSandbox(pod, volumes, { ...options, kept }),
  }
}

/** What must not outlive this process, however it ends. */
interface Kept {
  /** @returns takes it off again */
  add(killAll: () => void): () => void
}

/** One listener for all Pods of a driver: Node warns of a leak at the eleventh. */
function keepUntilExit(): Kept {
  const kept = new Set<() => void>()
  const onExit = (): void => {
    for (const killAll of kept) killAll()
  }
  return {
    add: (killAll) => {
      if (kept.size === 0) process.once('exit', onExit)
      kept.add(killAll)
      return () => {
        kept.delete(killAll)
        if (kept.size === 0) process.removeListener('exit', onExit)
      }
    },
  }
}

async function openSandbox(
  pod: PodSpec,
  volumes: ReadonlyMap<string, string>,
  { programs, paths, kept }: ProcessDriverOptions & { readonly kept: Kept },
): Promise<Sandbox> {
  await sweepFolders(tmpdir())
  const base = await makePodFolder(pod.name, 'root')
  const messages = await makePodFolder(pod.name, 'messages')
  const running = new Set<RunningContainer>()
  const killAll = (): void => {
    for (const container of running) container.signal('SIGKILL')
  }
  const forget = kept.add(killAll)

  return {
    podIp,
    adaptText: (volume, text) => (paths === 'mounts' ? text : rewritePaths(text, placesFor(volume, pod, volumes))),
    address: async (containerPort) => {
      requireDeclared(containerPort, pod)
      return { host: '127.0.0.1', port: containerPort }
    },
    start,
    close: async () => {
      killAll()
      await Promise.all([...running].map(({ exited }) => exited))
      forget()
      for (const folder of [base, messages]) await rm(folder, { recursive: true, force: true })
    },
  }

  async function start(launch: Launch): Promise<RunningContainer> {
    const program = programFor(launch.container.image, programs)
    const { name, terminationMessagePath: mountPath } = launch.container
    const message = await createMessageFile(messages, name, launch.run)
    const mounts = isOfThisMachine(mountPath) ? [] : [{ hostPath: message.path, mountPath, readOnly: false }]
    const withMessage = { ...launch, mounts: [...launch.mounts, ...mounts] }
    const started = await (paths === 'mounts' ? startMounted : startRewritten)(withMessage, program)
    const container = { ...started, exited: started.exited.then((exit) => withWords(exit, message)) }
    running.add(container)
    void container.exited.then(() => running.delete(container))
    return container
  }

  async function startMounted(launch: Launch, program: Program): Promise<RunningContainer> {
    const { hostname, hostAliases } = pod
    const env = environmentOf(launch, program, pod)
    const words = found(commandLine(launch.container.image, program, launch), env)
    const root = { base, mounts: launch.mounts, hostname, hostAliases, workingDir: launch.container.workingDir ?? '/' }
    return startProcess({
      words: await inPrivateRoot(root, words),
      env,
      cwd: '/',
      stopSignal: launch.container.stopSignal ?? 'SIGTERM',
      announcesItself: true,
      execWords: (command, pid) => [...enterNamespaces(pid), ...withCommands(command, program)],
      onLine: launch.onLine,
    })
  }

  async function startRewritten(launch: Launch, program: Program): Promise<RunningContainer> {
    const rewrite = (text: string): string => rewritePaths(text, launch.mounts)
    const env = mapValues(environmentOf(launch, program, pod), rewrite)
    const words = found(commandLine(launch.container.image, program, launch).map(rewrite), env)
    return startProcess({
      words,
      env,
      cwd: rewrite(launch.container.workingDir ?? '/'),
      stopSignal: launch.container.stopSignal ?? 'SIGTERM',
      announcesItself: false,
      execWords: (command) => withCommands(command, program).map(rewrite),
      onLine: launch.onLine,
    })
  }
}

/** A mount point below /dev would be made in the /dev of this machine. */
function isOfThisMachine(path: string): boolean {
  return path.startsWith('/dev/')
}

async function withWords(exit: Exit, file: MessageFile): Promise<Exit> {
  const message = await file.read()
  return message === undefined ? exit : { ...exit, message }
}

/** Nothing of this process's environment but the PATH, so that a Pod runs alike everywhere. */
function environmentOf({ env }: Launch, program: Program, pod: PodSpec): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOSTNAME: pod.hostname, ...program.env, ...env }
}

/** @throws StartError when the first word is no program, which a container engine would find before the start, too */
function found([first = '', ...rest]: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const candidates = first.includes('/') ? [first] : (env.PATH ?? '').split(delimiter).map((dir) => join(dir, first))
  const path = candidates.find((candidate) => isAbsolute(candidate) && isProgram(candidate))
  if (path === undefined) throw new StartError(`no program "${first}" on this machine`)
  return [path, ...rest]
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false // not there, or not to be run: the caller says so with the name
  }
}

function requireDeclared(containerPort: number, pod: PodSpec): void {
  const ports = pod.containers.flatMap((container) => container.ports.map((port) => port.containerPort))
  if (!ports.includes(containerPort))
    throw new Error(`no container declares the port ${containerPort}, only ${ports.join(', ')}`)
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}

function deviations(pod: PodSpec, { programs, paths }: ProcessDriverOptions): string[] {
  const images = [...new Set(pod.containers.map(({ image }) => image))]
  const known = images.filter((image) => nameOf(image) in programs)
  const unknown = images.filter((image) => !(nameOf(image) in programs))
  const lines = [
    ...known.map((image) => `image ${image}: runs ${programFor(image, programs).entrypoint.join(' ')}`),
    ...unknown.map((image) => `image ${image}: runs its command with the programs of this machine`),
    `network: this machine's, so two Pods cannot use the same port; probes ask ${podIp}`,
    'processes: every container sees those of the others and of this machine',
  ]
  if (podIp === '127.0.0.1')
    lines.push('probes: a server that listens on 127.0.0.1 alone passes here, and fails in a cluster')
  if (paths === 'mounts') lines.push("files: this machine's, copy-on-write, with the volumes at their true paths")
  if (paths === 'rewritten') lines.push(...rewrittenDeviations(pod))
  if (pod.containers.some(hasSecurity))
    lines.push('securityContext: every container runs as this user, with its rights')
  if (pod.containers.some(hasLimits)) lines.push('resources: no limit is enforced')
  return lines
}

function rewrittenDeviations(pod: PodSpec): string[] {
  const ambiguous = ambiguousPaths(pod)
  return [
    "files: this machine's; volume paths are rewritten in arguments, environment and projected text, and are writable",
    ...(pod.hostAliases.length > 0 ? ['hostAliases: not resolved'] : []),
    ...(ambiguous.length > 0
      ? [`${ambiguous.join(', ')}: different volumes, so projected text may name the wrong one`]
      : []),
  ]
}

function hasSecurity({ security }: ContainerSpec): boolean {
  return (
    security.runAsUser !== undefined ||
    security.runAsNonRoot ||
    security.readOnlyRootFilesystem ||
    security.dropCapabilities.length > 0
  )
}

function hasLimits({ resources }: ContainerSpec): boolean {
  return Object.keys(resources.limits).length > 0
}
