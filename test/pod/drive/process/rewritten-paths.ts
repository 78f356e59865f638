/**
 * Where volumes cannot be mounted, the paths are changed instead: each mount path, wherever it stands as a path in
 * an argument, a variable or a projected text, becomes the directory that would be mounted there.
 */
import type { PodSpec } from '../../manifest/pod-manifest.ts'
import type { Mount } from '../driver.ts'

type Place = Pick<Mount, 'mountPath' | 'hostPath'>

/** Longer paths win, and `/config` is neither part of `/configs` nor of `/etc/config`. */
export function rewritePaths(text: string, places: readonly Place[]): string {
  if (places.length === 0) return text
  const hostPaths = new Map(places.map(({ mountPath, hostPath }) => [trimmed(mountPath), hostPath]))
  const paths = [...hostPaths.keys()]
    .sort((a, b) => b.length - a.length)
    .map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const whole = new RegExp(`(?<![\\w./-])(${paths.join('|')})(?![\\w.-])`, 'g')
  return text.replaceAll(whole, (path: string) => hostPaths.get(path) ?? path)
}

/** All places that the text of a volume may speak of: those of the containers that mount it. */
export function placesFor(volume: string, pod: PodSpec, paths: ReadonlyMap<string, string>): Place[] {
  const readers = pod.containers.filter(({ volumeMounts }) => volumeMounts.some((mount) => mount.volume === volume))
  return readers.flatMap(({ volumeMounts }) =>
    volumeMounts.flatMap(({ volume: name, mountPath, subPath }) => {
      const hostPath = paths.get(name)
      return hostPath === undefined ? [] : [{ mountPath, hostPath: subPath ? `${hostPath}/${subPath}` : hostPath }]
    }),
  )
}

/** Mount paths that are different volumes in different containers: text that speaks of them is ambiguous. */
export function ambiguousPaths(pod: PodSpec): string[] {
  const volumes = new Map<string, Set<string>>()
  for (const { mountPath, volume } of pod.containers.flatMap(({ volumeMounts }) => volumeMounts)) {
    volumes.set(mountPath, (volumes.get(mountPath) ?? new Set()).add(volume))
  }
  return [...volumes].filter(([, names]) => names.size > 1).map(([path]) => path)
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path
}
