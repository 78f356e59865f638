/** The arguments of `docker create` for one container of a Pod, as the kubelet would have a runtime create it. */
import type { ContainerSecurity, PodSpec } from '../../manifest/pod-manifest.ts'
import { parseQuantity } from '../../manifest/quantity.ts'
import { type Launch, type Mount, StartError } from '../driver.ts'

/** What is known of an image without running it. */
export interface ImageFacts {
  readonly user: string
  readonly stopSignal: string
}

export interface ContainerPlace {
  readonly name: string
  readonly labels: readonly string[]
  /** The container that holds the network of the Pod. */
  readonly holder: string
  /** A file of this machine that becomes the terminationMessagePath. */
  readonly messageFile: string
}

/** @throws StartError for what the kubelet would refuse to start */
export function createArguments(
  launch: Launch,
  pod: PodSpec,
  image: ImageFacts,
  place: ContainerPlace,
): readonly string[] {
  const { container, env, command, args } = launch
  requireNonRoot(container.security, image)
  const message = { hostPath: place.messageFile, mountPath: container.terminationMessagePath, readOnly: false }
  const [entrypoint, ...first] = command ?? []
  return [
    ...['create', '--pull', 'never', '--name', place.name],
    ...place.labels.flatMap((label) => ['--label', label]),
    ...['--network', `container:${place.holder}`, '--ipc', `container:${place.holder}`],
    ...(pod.shareProcessNamespace ? ['--pid', `container:${place.holder}`] : []),
    ...securityArguments(container.security, pod),
    ...limitArguments(container.resources.limits),
    ...[...launch.mounts, message].flatMap(mountArguments),
    ...Object.entries({ HOSTNAME: pod.hostname, ...env }).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...(container.workingDir === undefined ? [] : ['--workdir', container.workingDir]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    container.image,
    ...first,
    ...(args ?? []),
  ]
}

/** The kubelet can tell only from a number that an image's user is not root. */
function requireNonRoot({ runAsNonRoot, runAsUser }: ContainerSecurity, image: ImageFacts): void {
  if (!runAsNonRoot) return
  const user = runAsUser === undefined ? (image.user.split(':')[0] ?? '') : String(runAsUser)
  if (/^[1-9][0-9]*$/.test(user)) return
  throw new StartError(`runAsNonRoot: expected a numeric user other than 0, found ${JSON.stringify(user)}`)
}

function securityArguments(security: ContainerSecurity, { fsGroup }: PodSpec): string[] {
  const { runAsUser, runAsGroup, readOnlyRootFilesystem, allowPrivilegeEscalation } = security
  const group = runAsGroup === undefined ? '' : `:${runAsGroup}`
  return [
    ...(runAsUser === undefined ? [] : ['--user', `${runAsUser}${group}`]),
    ...(fsGroup === undefined ? [] : ['--group-add', String(fsGroup)]),
    ...(readOnlyRootFilesystem ? ['--read-only'] : []),
    ...(allowPrivilegeEscalation ? [] : ['--security-opt', 'no-new-privileges']),
    ...security.dropCapabilities.flatMap((name) => ['--cap-drop', name]),
    ...security.addCapabilities.flatMap((name) => ['--cap-add', name]),
  ]
}

function limitArguments({ memory, cpu }: Readonly<Record<string, string>>): string[] {
  const bytes = memory === undefined ? undefined : parseQuantity(memory)
  const cores = cpu === undefined ? undefined : parseQuantity(cpu)
  return [
    ...(bytes === undefined ? [] : ['--memory', String(Math.floor(bytes)), '--memory-swap', String(Math.floor(bytes))]),
    ...(cores === undefined ? [] : ['--cpus', String(cores)]),
  ]
}

function mountArguments({ hostPath, mountPath, readOnly }: Mount): string[] {
  return ['--mount', `type=bind,source=${hostPath},target=${mountPath}${readOnly ? ',readonly' : ''}`]
}
