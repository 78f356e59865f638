/**
 * The configuration as a tree in which every value knows its place in the file: what remains of the YAML once
 * anchors are resolved, `${...}` is replaced and every scalar has its type.
 */
import type { Path } from './define-config.ts'
import type { Range } from './finding.ts'
import type { Interpolated, TemplateFacts } from './interpolation.ts'

export type ConfigNode = ScalarNode | ListNode | MapNode

export type Scalar = string | number | boolean | null

/** A text, a number, a flag or nothing. */
export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: Scalar
  /** The text of a scalar whose `value` is something else: `0.50`, or what `${PORT}` stands for. */
  readonly text: string
  readonly isQuoted: boolean
  /** Inside `{ }` or `[ ]`, where YAML cannot hold an unquoted `${...}`. */
  readonly isInFlow: boolean
  readonly range: Range
  /** For a text with references in it, even if one of them could not be replaced. */
  readonly template?: TemplateFacts
  /** What its references stand for. */
  readonly interpolated?: Interpolated
  /** What stood here could not be read and was reported: nothing more is to be said about it. */
  readonly isBroken?: true
}

/** A YAML sequence. */
export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
  readonly isFlow: boolean
  readonly range: Range
}

/** One key of a block, and its value. */
export interface MapEntry {
  readonly keyRange: Range
  readonly node: ConfigNode
}

/** A YAML mapping: its keys are unique texts, in the order of the file. */
export interface MapNode {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, MapEntry>
  readonly isFlow: boolean
  readonly range: Range
}

/** Where a path leads: the value, its key if it has one, and how far the path exists in the file. */
export interface Spot {
  readonly node: ConfigNode
  readonly keyRange?: Range
  /** False when only the beginning of the path is in the file; then `node` is where it ends. */
  readonly isComplete: boolean
}

/** Follows a path as far as the file has it: defaults are not in the file. */
export function follow(root: ConfigNode, path: Path): Spot {
  let spot: Spot = { node: root, isComplete: true }
  for (const step of path) {
    const next = stepInto(spot.node, step)
    if (next === undefined) return { ...spot, isComplete: false }
    spot = next
  }
  return spot
}

function stepInto(node: ConfigNode, step: string | number): Spot | undefined {
  if (node.kind === 'list') {
    const item = node.items[Number(step)]
    return item === undefined ? undefined : { node: item, isComplete: true }
  }
  const entry = node.kind === 'map' ? node.entries.get(String(step)) : undefined
  return entry === undefined ? undefined : { ...entry, isComplete: true }
}

/**
 * The plain value of a tree, for the schema. Objects have no prototype, so no key of a file can reach one.
 * @param asText scalars to take as the text they were, although they could be a number or a flag
 */
export function plainValueOf(node: ConfigNode, asText: ReadonlySet<ConfigNode> = new Set()): unknown {
  switch (node.kind) {
    case 'scalar':
      return asText.has(node) ? node.text : node.value
    case 'list':
      return node.items.map((item) => plainValueOf(item, asText))
    case 'map': {
      const object: Record<string, unknown> = Object.create(null)
      for (const [key, entry] of node.entries) object[key] = plainValueOf(entry.node, asText)
      return object
    }
  }
}

/** Every scalar of a tree with its path, in the order of the file. */
export function* scalarsIn(node: ConfigNode, path: Path = []): Generator<{ node: ScalarNode; path: Path }> {
  if (node.kind === 'scalar') yield { node, path }
  if (node.kind === 'list') for (const [index, item] of node.items.entries()) yield* scalarsIn(item, [...path, index])
  if (node.kind === 'map') for (const [key, entry] of node.entries) yield* scalarsIn(entry.node, [...path, key])
}

/** A path as it stands in messages: `routes[2].timeout`, `files["app.yaml"].mode`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      if (/^[\w-]+$/.test(step)) return index === 0 ? step : `.${step}`
      return `[${JSON.stringify(step)}]`
    })
    .join('')
}

/** ` in upstreams.inventory`, or nothing at the top of the file. */
export function inside(path: Path): string {
  return path.length === 0 ? '' : ` in ${formatPath(path)}`
}
