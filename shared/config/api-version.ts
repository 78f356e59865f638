/** The version of the keys, which every configuration may state at its top: `apiVersion: podmates/v1`. */
import { type ConfigNode, formatPath, type MapNode } from './config-tree.ts'
import type { Finding } from './finding.ts'

export const apiVersionKey = 'apiVersion'
export const apiVersion = 'podmates/v1'

/** Takes `apiVersion` off the top of a configuration, and says when it is not ours. */
export function takeApiVersion(root: MapNode): { readonly root: MapNode; readonly finding?: Finding } {
  const entry = root.entries.get(apiVersionKey)
  if (entry === undefined) return { root }
  const rest = { ...root, entries: new Map([...root.entries].filter(([key]) => key !== apiVersionKey)) }
  if (isOurs(entry.node)) return { root: rest }
  const found = shown(entry.node)
  const path = [apiVersionKey]
  const range = entry.node.kind === 'scalar' && entry.node.text !== '' ? entry.node.range : entry.keyRange
  const sentence = `${formatPath(path)}: expected ${apiVersion}, found ${found}`
  return { root: rest, finding: { code: 'PM0116', path, sentence, expected: apiVersion, found, range } }
}

/** Nobody keeps a secret in it, but `${file:...}` can stand anywhere. */
function shown(node: ConfigNode): string {
  return node.kind === 'scalar' ? JSON.stringify(node.interpolated?.masked ?? node.text) : 'no text'
}

/** What could not be read was reported; it is not wrong a second time. */
function isOurs(node: ConfigNode): boolean {
  return node.kind === 'scalar' && (node.value === apiVersion || node.isBroken === true)
}
