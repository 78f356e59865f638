/**
 * Runs the containers of a Pod with the Docker engine of this machine: a container that only pauses holds the
 * network, so that any other may restart, and everything carries one label by which it is taken away again.
 */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { ownerLabel, sweepContainers, sweepFolders } from '../../../docker/leftovers.ts'
import { ownerOf } from '../../../docker/owner.ts'
import type { PodSpec } from '../../manifest/pod-manifest.ts'
import { type Driver, type Exit, type Launch, type RunningContainer, type Sandbox, StartError } from '../driver.ts'
import { createMessageFile, type MessageFile } from '../message-file.ts'
import { makePodFolder } from '../pod-folder.ts'
import { createArguments, type ImageFacts } from './container-arguments.ts'
import { docker, dockerExec, firstLine, followLogs, tryDocker } from './docker-cli.ts'

export interface DockerDriverOptions {
  /** A network to join in place of Docker's default bridge, so that its containers can be found by name. */
  readonly network?: string
  /** Holds the network of the Pod; default `podmates/pause:dev`. */
  readonly pauseImage?: string
  /** Takes away files that containers with other users left in volumes; default the shared Node image of the sidecars. */
  readonly cleaningImage?: string
}

const pauseImageDefault = 'podmates/pause:dev'
const cleaningImageDefault = `podmates/node:${process.versions.node}`
const labelName = 'dev.podmates.pod'
const ownedByUs = `${ownerLabel}=${ownerOf(process.pid)}`

export function dockerDriver(options: DockerDriverOptions = {}): Driver {
  return {
    name: 'docker',
    deviations,
    openSandbox: (pod, volumes) => openSandbox(pod, volumes, options),
  }
}

async function openSandbox(
  pod: PodSpec,
  volumes: ReadonlyMap<string, string>,
  options: DockerDriverOptions,
): Promise<Sandbox> {
  await requireEngine()
  await sweepContainers((args) => docker(...args))
  await sweepFolders(tmpdir())
  const id = randomBytes(4).toString('hex')
  const label = `${labelName}=${id}`
  const holder = `pod-${pod.name}-${id}`
  const messages = await makePodFolder(pod.name, 'messages')
  await docker(
    'run',
    '--detach',
    '--name',
    holder,
    '--label',
    label,
    '--label',
    ownedByUs,
    ...holderArguments(pod, options),
  )
  const podIp = await docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', holder)

  const removals = new Set<Promise<unknown>>()

  return { podIp, adaptText: (_volume, text) => text, start, address, close }

  async function start(launch: Launch): Promise<RunningContainer> {
    const { name, image } = launch.container
    const facts = await inspectImage(image)
    const message = await createMessageFile(messages, name, launch.run)
    const place = {
      name: `${holder}-${name}-${launch.run}`,
      labels: [label, ownedByUs],
      holder,
      messageFile: message.path,
    }
    await created(createArguments(launch, pod, facts, place))
    const { code, stderr } = await tryDocker('start', place.name)
    if (code !== 0) {
      await tryDocker('rm', '--force', place.name)
      throw new StartError(firstLine(stderr))
    }
    return running(place.name, launch, { message, remove, stopSignal: launch.container.stopSignal ?? facts.stopSignal })
  }

  /** Only what the manifest declares is published, and only on this machine's loopback. */
  async function address(containerPort: number): Promise<{ host: string; port: number }> {
    const { code, stdout } = await tryDocker('port', holder, `${containerPort}/tcp`)
    const [host, port] = firstLine(stdout).split(':')
    if (code !== 0 || host === undefined || port === undefined)
      throw new Error(`no container declares the port ${containerPort}`)
    return { host, port: Number(port) }
  }

  /** Nobody waits for it: an engine takes longer to remove a container than to tell of its end. */
  function remove(name: string): void {
    const removal = tryDocker('rm', '--force', name).finally(() => removals.delete(removal))
    removals.add(removal)
  }

  async function close(): Promise<void> {
    await Promise.all(removals)
    const containers = await docker('ps', '--all', '--quiet', '--filter', `label=${label}`)
    if (containers !== '') await docker('rm', '--force', ...containers.split('\n'))
    await emptyVolumes(pod, volumes, options)
    await rm(messages, { recursive: true, force: true })
  }
}

async function requireEngine(): Promise<void> {
  if (process.platform !== 'linux') {
    throw new Error(
      "probes ask a container at its own address, which only Linux's Docker can reach: use --driver process",
    )
  }
  const { code, stderr } = await tryDocker('version', '--format', '{{.Server.Version}}')
  if (code !== 0) throw new Error(`no Docker engine answers (${firstLine(stderr)}): start it, or use --driver process`)
}

function holderArguments(pod: PodSpec, { network, pauseImage = pauseImageDefault }: DockerDriverOptions): string[] {
  const ports = pod.containers.flatMap((container) => container.ports)
  return [
    ...['--pull', 'never', '--hostname', pod.hostname, '--ipc', 'shareable'],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--user', '65532:65532'],
    ...(network === undefined ? [] : ['--network', network]),
    ...ports.flatMap(({ containerPort, protocol }) => [
      '--publish',
      `127.0.0.1::${containerPort}/${protocol.toLowerCase()}`,
    ]),
    ...pod.hostAliases.flatMap(({ ip, hostnames }) => hostnames.flatMap((name) => ['--add-host', `${name}:${ip}`])),
    pauseImage,
  ]
}

async function inspectImage(image: string): Promise<ImageFacts> {
  const format = '{{json .Config.User}} {{json .Config.StopSignal}}'
  const { code, stdout } = await tryDocker('image', 'inspect', '--format', format, image)
  if (code !== 0) throw new StartError(`no image "${image}" on this machine (images are never pulled)`)
  const [user = '""', stopSignal = '""'] = stdout.trim().split(' ')
  return { user: JSON.parse(user), stopSignal: JSON.parse(stopSignal) || 'SIGTERM' }
}

async function created(args: readonly string[]): Promise<void> {
  const { code, stderr } = await tryDocker(...args)
  if (code !== 0) throw new StartError(firstLine(stderr))
}

interface RunFacts {
  readonly message: MessageFile
  /** Has a container that has ended taken away. */
  readonly remove: (name: string) => void
  readonly stopSignal: string
}

function running(name: string, launch: Launch, { message: file, remove, stopSignal }: RunFacts): RunningContainer {
  const read = followLogs(name, launch.onLine)
  let hasEnded = false
  return {
    exited: ended(),
    stopSignal,
    signal: (signal) => {
      if (!hasEnded) void tryDocker('kill', '--signal', signal, name)
    },
    exec: async (command, aborted) => {
      const { code, stdout, stderr } = await dockerExec(name, command, aborted)
      return { exitCode: code, stdout, stderr }
    },
  }

  async function ended(): Promise<Exit> {
    const { code, stdout, stderr } = await tryDocker('wait', name)
    hasEnded = true
    if (code !== 0) return { exitCode: 137, message: `lost by the engine: ${firstLine(stderr)}` }
    await read
    const message = await file.read()
    remove(name)
    return { exitCode: Number(stdout), ...(message !== undefined && { message }) }
  }
}

/** As an ordinary user nobody here may remove what a container's own user made in a volume, so a container does. */
async function emptyVolumes(
  pod: PodSpec,
  volumes: ReadonlyMap<string, string>,
  options: DockerDriverOptions,
): Promise<void> {
  if (process.getuid?.() === 0) return
  const image = options.cleaningImage ?? cleaningImageDefault
  const script =
    'for (const name of require("fs").readdirSync("/v")) require("fs").rmSync("/v/" + name, { recursive: true })'
  for (const { name, kind } of pod.volumes) {
    const mount = `type=bind,source=${volumes.get(name)},target=/v`
    if (kind === 'emptyDir')
      await docker('run', '--rm', '--user', '0:0', '--network', 'none', '--mount', mount, image, 'node', '-e', script)
  }
}

function deviations(pod: PodSpec): string[] {
  const isMemoryBound = pod.containers.some(({ resources }) => resources.limits.memory !== undefined)
  return [
    'images: those of this machine; none is pulled',
    'emptyDir: a directory of this machine, without a size limit',
    'resources: limits are enforced, requests and QoS classes mean nothing',
    ...(isMemoryBound ? ['memory: the kernel chooses whom it kills by its own score, not by that of the kubelet'] : []),
    "securityContext: Docker's default seccomp profile stands for RuntimeDefault",
  ]
}
