/**
 * What YAML and JSON have in common, with the scalars as they were written. Merging must not change what it does
 * not touch: `0640`, `1.10`, `on` and 20-digit numbers would all become something else on their way through
 * JavaScript values.
 */
import { type Alias, Document, isAlias, isMap, isScalar, isSeq, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { aliasTargets } from './aliases.ts'
import type { Parsed } from './parse-text.ts'

export type Tree =
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry> }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  | Leaf

/** A key of a map and what stands behind it. */
export interface Entry {
  /** The key as it was written. */
  readonly key: Leaf
  readonly value: Tree
}

/** A scalar: its text without quotes, and how it was written. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly text: string
  /** How it was written: plain, quoted or as a block. */
  readonly style: Scalar.Type
}

/** Aliases can make a small file enormous; a configuration of more values than this is a mistake or an attack. */
const valuesMax = 100_000

/** How deep maps and lists may stand in each other. */
const depthMax = 200

/** Turns a document into a tree; aliases become copies, and `<<` brings the keys of the map that it names. */
export function treeOf(document: Document): Parsed<Tree> {
  const targets = aliasTargets(document)
  let values = 0

  function read(node: Node | null, depth: number): Tree {
    values += 1
    if (values > valuesMax) throw new Unreadable(`holds more than ${valuesMax} values`)
    if (depth > depthMax) throw new Unreadable(`is nested more than ${depthMax} levels deep`)
    if (node === null) return leaf('', Scalar.PLAIN)
    if (isAlias(node)) return read(target(node), depth + 1)
    if (node.tag !== undefined) throw new Unreadable(`has the tag ${node.tag}, which cannot be merged`)
    if (isMap(node)) return readMap(node as YAMLMap<Node, Node | null>, depth)
    if (isSeq(node))
      return { kind: 'list', items: (node as YAMLSeq<Node | null>).items.map((item) => read(item, depth + 1)) }
    if (isScalar(node)) return leaf(String(node.value ?? ''), node.type ?? Scalar.PLAIN)
    throw new Unreadable('holds a value that cannot be merged')
  }

  function readMap({ items }: YAMLMap<Node, Node | null>, depth: number): Tree {
    const own = new Map<string, Entry>()
    const brought: Tree[] = []
    for (const { key, value } of items) {
      if (!isScalar(key)) throw new Unreadable('has a key that is not text')
      const entry = { key: leaf(String(key.value ?? ''), key.type ?? Scalar.PLAIN), value: read(value, depth + 1) }
      if (entry.key.text === '<<' && entry.key.style === Scalar.PLAIN) brought.push(...broughtBy(entry.value))
      else own.set(entry.key.text, entry)
    }
    const all = new Map<string, Entry>()
    for (const tree of brought) {
      if (tree.kind !== 'map') throw new Unreadable('has a "<<" that names no map')
      for (const [name, entry] of tree.entries) if (!all.has(name)) all.set(name, entry)
    }
    for (const [name, entry] of own) all.set(name, entry)
    return { kind: 'map', entries: all }
  }

  function target(alias: Alias): Node {
    const node = targets.get(alias)
    if (node === undefined) throw new Unreadable('has an alias without its anchor')
    return node
  }

  try {
    return { ok: true, value: read(document.contents, 0) }
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, reason: error.message }
    throw error
  }
}

/** Merges deeply: maps key by key, and in everything else the later one replaces the earlier. */
export function mergeTrees(earlier: Tree, later: Tree): Tree {
  if (earlier.kind !== 'map' || later.kind !== 'map') return later
  const entries = new Map(earlier.entries)
  for (const [name, entry] of later.entries) {
    const before = entries.get(name)
    entries.set(name, before === undefined ? entry : { key: before.key, value: mergeTrees(before.value, entry.value) })
  }
  return { kind: 'map', entries }
}

/** Whether it says nothing: an empty file, or one of comments alone. */
export function isEmptyTree(tree: Tree): boolean {
  return tree.kind === 'leaf' && tree.style === Scalar.PLAIN && tree.text === ''
}

/** Writes block YAML, one key per line, without comments and anchors. */
export function printYaml(tree: Tree): string {
  const document = new Document(null, { schema: 'failsafe' })
  document.contents = nodeOf(tree)
  return document.toString({ lineWidth: 0 })
}

/** Writes JSON, indented by two. Plain scalars mean what the core schema of YAML 1.2 says. */
export function printJson(tree: Tree): Parsed<string> {
  try {
    return { ok: true, value: `${jsonOf(tree, '')}\n` }
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, reason: error.message }
    throw error
  }
}

/** The way out of a recursion, from any depth; never leaves this file. */
class Unreadable extends Error {}

/** `<<: *base` or `<<: [*base, *more]`, of which the earlier wins. */
function broughtBy(value: Tree): readonly Tree[] {
  return value.kind === 'list' ? value.items : [value]
}

function leaf(text: string, style: Scalar.Type): Leaf {
  return { kind: 'leaf', text, style }
}

function nodeOf(tree: Tree): Node {
  switch (tree.kind) {
    case 'map': {
      const map = new YAMLMap<Node, Node>()
      for (const { key, value } of tree.entries.values()) map.items.push(new Pair(nodeOf(key), nodeOf(value)))
      return map
    }
    case 'list': {
      const list = new YAMLSeq<Node>()
      list.items.push(...tree.items.map(nodeOf))
      return list
    }
    case 'leaf': {
      const scalar = new Scalar(tree.text)
      scalar.type = tree.style
      return scalar
    }
  }
}

function jsonOf(tree: Tree, indent: string): string {
  const inner = `${indent}  `
  switch (tree.kind) {
    case 'map': {
      const entries = [...tree.entries].map(([name, { value }]) => `${JSON.stringify(name)}: ${jsonOf(value, inner)}`)
      return enclosed('{', entries, '}', indent)
    }
    case 'list':
      return enclosed(
        '[',
        tree.items.map((item) => jsonOf(item, inner)),
        ']',
        indent,
      )
    case 'leaf':
      return tree.style === Scalar.PLAIN ? jsonOfPlain(tree.text) : JSON.stringify(tree.text)
  }
}

function enclosed(open: string, parts: readonly string[], close: string, indent: string): string {
  return parts.length === 0 ? open + close : `${open}\n${indent}  ${parts.join(`,\n${indent}  `)}\n${indent}${close}`
}

/** The core schema (YAML 1.2.2, 10.3.2); whatever is a JSON number already keeps all its digits. */
function jsonOfPlain(text: string): string {
  if (/^(|~|null|Null|NULL)$/.test(text)) return 'null'
  if (/^(true|True|TRUE|false|False|FALSE)$/.test(text)) return text.toLowerCase()
  if (/^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/.test(text)) return text
  if (/^0o[0-7]+$|^0x[0-9a-fA-F]+$/.test(text)) return BigInt(text).toString()
  if (/^[-+]?[0-9]+$/.test(text)) return text.startsWith('-') ? `-${digits(text)}` : digits(text)
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text)) return String(Number(text))
  if (/^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(text))
    throw new Unreadable(`holds ${text}, which JSON cannot hold`)
  return JSON.stringify(text)
}

function digits(text: string): string {
  return BigInt(text.replace(/^[-+]/, '')).toString()
}
