/** From a container of the manifest to one start of it: environment, command line and mounts, all resolved. */
import type { ContainerSpec, PodSpec } from '../manifest/pod-manifest.ts'
import type { PodFacts } from './downward.ts'
import type { Launch } from './driver.ts'
import { expand, type Objects, resolveEnvironment } from './environment.ts'
import type { Volumes } from './volumes.ts'

export interface LaunchSources {
  readonly pod: PodSpec
  readonly volumes: Volumes
  readonly facts: PodFacts
  /** As they are at the moment of the start: a restarted container sees a changed ConfigMap in its environment. */
  readonly objects: () => Objects
  readonly onLine: (container: string, line: string) => void
}

/** @throws StartError for a reference that leads nowhere */
export async function prepareLaunch(container: ContainerSpec, run: number, sources: LaunchSources): Promise<Launch> {
  const { pod, volumes, facts, objects, onLine } = sources
  const env = resolveEnvironment({ container, pod, objects: objects(), facts })
  const expandAll = (words: readonly string[]): readonly string[] => words.map((word) => expand(word, env))
  return {
    container,
    run,
    ...(container.command && { command: expandAll(container.command) }),
    ...(container.args && { args: expandAll(container.args) }),
    env,
    mounts: await volumes.mountsOf(container),
    onLine: (line) => onLine(container.name, line),
  }
}
