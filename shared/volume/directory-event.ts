/**
 * What one event of a watched directory means. inotify gives an event for every name that a swap touches, and for
 * every chmod, so most of them are no reason to read the directory again.
 */
import { dataLinkName } from './snapshot.ts'

/** `lost`: the watch itself may be over. `look`: the content may have changed. `noise`: it has not. */
export type EventMeaning = 'lost' | 'look' | 'noise'

/**
 * @param name of the entry; the directory's own base name stands for the directory itself; null when unknown
 * @param directory `hasGeneration` when the content lies behind `..data`, and so changes with that link alone. Some
 *   file systems report its rename as a write (jimmidyson/configmap-reload#190), so the kind of event counts for nothing
 */
export function meaningOf(
  name: string | null,
  directory: { readonly baseName: string; readonly hasGeneration: boolean },
): EventMeaning {
  if (name === directory.baseName) return 'lost'
  if (name === null || name === dataLinkName) return 'look'
  return directory.hasGeneration ? 'noise' : 'look'
}
