/** Why a Pod will not start however long one waits: read from its status, told with what to do. */
import { type ContainerStatus, containerStatuses, type Pod } from './objects.ts'

const remedies: Readonly<Record<string, string>> = {
  ErrImageNeverPull:
    'the node does not have this image, and pull policy Never forbids to fetch it: load it into the node (--load)',
  ImagePullBackOff:
    'the node cannot pull this image: load it into the node (--load, with --pull-policy Never) or push it to a registry',
  InvalidImageName: 'the name of the image is none',
  CreateContainerConfigError: 'something that the manifest refers to is missing or not allowed',
  CreateContainerError: 'the container runtime could not make it',
  RunContainerError: 'the container runtime could not start it',
}

/** @returns a sentence with container, image, reason and remedy; undefined while there is hope */
export function podTrouble(pod: Pod): string | undefined {
  for (const status of containerStatuses(pod)) {
    const reason = status.state?.waiting?.reason ?? ''
    const remedy = remedies[reason]
    if (remedy !== undefined) return `${status.name}: ${remedy} (${[reason, ...detailsOf(status, pod)].join(', ')})`
  }
  const { reason, message } = pod.status ?? {}
  return reason === 'Evicted' || reason === 'NodeLost' ? `${reason}: ${message}` : undefined
}

function detailsOf({ name, state }: ContainerStatus, { spec }: Pod): string[] {
  const container = [...(spec.initContainers ?? []), ...spec.containers].find((each) => each.name === name)
  return [container?.image, state?.waiting?.message].filter((each) => each !== undefined && each !== '') as string[]
}

/** How far a Pod has come, on one line: for the message of a wait that ended without what it waited for. */
export function standingOf(pod: Pod): string {
  const containers = containerStatuses(pod).map(({ name, state, started, ready, restartCount }) => {
    const { waiting, terminated } = state ?? {}
    const now = waiting?.reason ?? (terminated ? `exit ${terminated.exitCode}` : started ? 'started' : 'running')
    return `${name} ${now}${ready ? ', ready' : ''}${restartCount > 0 ? `, ${restartCount} restarts` : ''}`
  })
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  const where = unscheduled === undefined ? '' : ` not scheduled (${unscheduled.message})`
  return `${pod.metadata.name} ${pod.status?.phase ?? 'Pending'}${where}: ${containers.join('; ') || 'no container yet'}`
}
