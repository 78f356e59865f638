/**
 * C35-C37 and the Pod Security level "restricted", as rules over a Pod's spec. Each answers with what is wrong,
 * one line an offence, so that a test shows all of them at once.
 */

/** The fields of a Pod's spec that the rules read; anything else passes through. */
export interface PodSpec {
  readonly terminationGracePeriodSeconds?: number
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly securityContext?: SecurityContext
  readonly initContainers?: readonly ContainerSpec[]
  readonly containers: readonly ContainerSpec[]
  readonly volumes?: readonly Readonly<Record<string, unknown>>[]
}

export interface ContainerSpec {
  readonly name: string
  readonly image?: string
  readonly restartPolicy?: string
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly lifecycle?: { readonly preStop?: Action; readonly postStart?: Action }
  readonly resources?: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> }
  readonly securityContext?: SecurityContext
  readonly volumeMounts?: readonly { readonly mountPath: string }[]
}

interface SecurityContext {
  readonly runAsNonRoot?: boolean
  readonly runAsUser?: number
  readonly privileged?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
  readonly seccompProfile?: { readonly type?: string }
}

interface Action {
  readonly exec?: { readonly command: readonly string[] }
  readonly sleep?: { readonly seconds: number }
}

interface Probe extends Action {
  readonly periodSeconds?: number
  readonly failureThreshold?: number
  readonly timeoutSeconds?: number
}

const isSidecar = (container: ContainerSpec): boolean => container.restartPolicy === 'Always'
const allOf = (pod: PodSpec): readonly ContainerSpec[] => [...(pod.initContainers ?? []), ...pod.containers]
const isOurs = (container: ContainerSpec): boolean =>
  /^podmates\/(ambassador|config-helper|adapter|init-waiter)[:@]/.test(container.image ?? '')

/** C35: probes that hold the app back no longer than needed, requests, and an explicit grace period. */
export function startupOffences(pod: PodSpec): string[] {
  const ofSidecars = (pod.initContainers ?? [])
    .filter(isSidecar)
    .flatMap(({ name, startupProbe, readinessProbe }) => [
      ...(startupProbe === undefined ? [`${name}: no startupProbe, so nothing waits for it`] : []),
      ...(startupProbe?.periodSeconds === 1
        ? []
        : [`${name}: startupProbe.periodSeconds must be 1, the default is 10`]),
      ...((startupProbe?.failureThreshold ?? 0) >= 30
        ? []
        : [`${name}: startupProbe.failureThreshold must be 30 at least`]),
      ...(readinessProbe === undefined ? [] : [`${name}: a readinessProbe would gate the Pod's traffic on a sidecar`]),
    ])
  const requests = allOf(pod)
    .filter(
      (container) =>
        container.resources?.requests?.cpu === undefined || container.resources.requests.memory === undefined,
    )
    .map(({ name }) => `${name}: no requests for cpu and memory`)
  const grace = pod.terminationGracePeriodSeconds === undefined ? ['terminationGracePeriodSeconds is not explicit'] : []
  return [...ofSidecars, ...requests, ...grace]
}

/** C36: whoever waits for the network comes first, the adapter that reads the app's last lines comes last. */
export function orderOffences(pod: PodSpec): string[] {
  const wanted = ['init-waiter', 'config-helper', 'ambassador', 'adapter']
  const seen = (pod.initContainers ?? []).flatMap(({ image = '' }) =>
    wanted.filter((name) => image.startsWith(`podmates/${name}:`)),
  )
  const sorted = seen.toSorted((a, b) => wanted.indexOf(a) - wanted.indexOf(b))
  return seen.join() === sorted.join()
    ? []
    : [`initContainers are ordered ${seen.join(', ')}, not ${sorted.join(', ')}`]
}

/** C37: hooks and probes that a shell-less image can run, and that leave time for the end itself. */
export function hookOffences(pod: PodSpec): string[] {
  const graceSeconds = pod.terminationGracePeriodSeconds ?? 30
  return allOf(pod).flatMap(({ name, lifecycle, startupProbe, readinessProbe, livenessProbe }) => {
    const actions = [lifecycle?.preStop, lifecycle?.postStart, startupProbe, readinessProbe, livenessProbe]
    const shells = actions.filter((action) => /(^|\/)(sh|bash|ash)$/.test(action?.exec?.command[0] ?? ''))
    const slept = lifecycle?.preStop?.sleep?.seconds ?? 0
    return [
      ...shells.map(() => `${name}: a hook or probe calls a shell`),
      ...(slept < graceSeconds ? [] : [`${name}: preStop sleeps ${slept} s of ${graceSeconds} s`]),
    ]
  })
}

/** The level "restricted" of the Pod Security Standards, and a read-only root for our own images. */
export function restrictedOffences(pod: PodSpec): string[] {
  const ofPod = (['hostNetwork', 'hostPID', 'hostIPC'] as const)
    .filter((field) => pod[field])
    .map((field) => `${field} is set`)
  const ofVolumes = (pod.volumes ?? []).filter((volume) => 'hostPath' in volume).map(() => 'a volume is a hostPath')
  const ofContainers = allOf(pod).flatMap((container) => {
    const own = container.securityContext ?? {}
    const inherited = { ...pod.securityContext, ...own }
    const problems = [
      inherited.runAsNonRoot === true ? '' : 'runAsNonRoot is not true',
      inherited.runAsUser === 0 ? 'runAsUser is 0' : '',
      own.privileged === true ? 'privileged' : '',
      own.allowPrivilegeEscalation === false ? '' : 'allowPrivilegeEscalation is not false',
      own.capabilities?.drop?.includes('ALL') ? '' : 'capabilities.drop lacks ALL',
      (own.capabilities?.add ?? []).some((capability) => capability !== 'NET_BIND_SERVICE') ? 'adds capabilities' : '',
      ['RuntimeDefault', 'Localhost'].includes(inherited.seccompProfile?.type ?? '') ? '' : 'no seccompProfile',
      !isOurs(container) || own.readOnlyRootFilesystem === true ? '' : 'readOnlyRootFilesystem is not true',
    ]
    return problems.filter((problem) => problem !== '').map((problem) => `${container.name}: ${problem}`)
  })
  return [...ofPod, ...ofVolumes, ...ofContainers]
}
