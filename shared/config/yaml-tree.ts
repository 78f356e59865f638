/** From YAML text to the tree: one walk that resolves anchors, replaces `${...}` and collects what is wrong. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar as YamlScalar,
} from 'yaml'
import {
  type ConfigNode,
  formatPath,
  inside,
  type MapEntry,
  type MapNode,
  type Scalar,
  type ScalarNode,
} from './config-tree.ts'
import { plainScalar } from './core-schema.ts'
import type { Path } from './define-config.ts'
import type { Finding, Range } from './finding.ts'
import { type ConfigWorld, type InterpolationFault, interpolate, needsInterpolation } from './interpolation.ts'
import type { Source } from './source.ts'
import { explainSyntax, tooDeep } from './yaml-syntax.ts'

/** Deeper than any configuration, and far from the end of the stack. */
const depthMax = 64

/** Values after anchors are resolved; 1 MiB of honest YAML holds fewer, a "billion laughs" more. */
const valuesMax = 200_000

export interface ReadTree {
  /** Missing when the text is no YAML or has nothing in it. */
  readonly root?: ConfigNode
  readonly findings: readonly Finding[]
  /** Pieces of the text that are in no place of the tree, such as what stands under a key for the second time. */
  readonly unread: readonly Range[]
}

/** Reads a text as YAML 1.2. Never throws. */
export function readTree(source: Source, world: ConfigWorld): ReadTree {
  const document = parseDocument(source.text, {
    prettyErrors: false,
    uniqueKeys: false,
    schema: 'core',
  })
  const errors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])
  const everything = [{ from: 0, to: source.text.length }]
  if (errors.length > 0) return { findings: explainSyntax(source, errors), unread: everything }
  if (document.directives?.yaml.version === '1.1') return { findings: [oldVersion(source)], unread: everything }
  if (document.contents === null) return { findings: [], unread: everything }
  const walk: Walk = { source, world, anchors: new Map(), findings: [], unread: [], values: 0 }
  const root = readNode(walk, document.contents, { path: [], depth: 0, isInFlow: false })
  return { root, findings: walk.findings, unread: walk.unread }
}

function oldVersion(source: Source): Finding {
  const from = Math.max(0, source.text.indexOf('%YAML'))
  return {
    code: 'PM0104',
    path: [],
    sentence: 'configurations are YAML 1.2; remove this line',
    expected: 'YAML 1.2',
    found: 'YAML 1.1',
    range: { from, to: from + '%YAML 1.1'.length },
  }
}

interface Walk {
  readonly source: Source
  readonly world: ConfigWorld
  /** The latest node of each anchor so far; `undefined` while that node is being read. */
  readonly anchors: Map<string, ConfigNode | undefined>
  readonly findings: Finding[]
  readonly unread: Range[]
  values: number
}

interface Position {
  readonly path: Path
  readonly depth: number
  readonly isInFlow: boolean
}

function readNode(walk: Walk, node: Node, at: Position): ConfigNode {
  walk.values += 1
  const range = rangeOf(node)
  if (at.depth > depthMax) {
    walk.unread.push(range)
    return broken(walk, tooDeep(range))
  }
  if (isAlias(node)) return readAlias(walk, node.source, range, at)
  const anchor = 'anchor' in node ? node.anchor : undefined
  if (anchor === undefined) return readValue(walk, node, range, at)
  walk.anchors.set(anchor, undefined)
  const read = readValue(walk, node, range, at)
  walk.anchors.set(anchor, read)
  return read
}

function readValue(walk: Walk, node: Node, range: Range, at: Position): ConfigNode {
  if (isMap(node)) return readMap(walk, node.items, { range, isFlow: node.flow === true, at })
  if (isScalar(node)) return readScalar(walk, node, range, at)
  const items = isSeq(node) ? node.items : []
  const isFlow = isSeq(node) && node.flow === true
  return {
    kind: 'list',
    items: items.map((item, index) => readItem(walk, item, range, below(isFlow ? inFlow(at) : at, index))),
    isFlow,
    range,
  }
}

/** An item or a value that may be missing: `key:` and `? key` have none. */
function readItem(walk: Walk, node: unknown, range: Range, at: Position): ConfigNode {
  if (isNode(node)) return readNode(walk, node, at)
  return { kind: 'scalar', value: null, text: '', isQuoted: false, isInFlow: at.isInFlow, range }
}

interface MapShape {
  readonly range: Range
  readonly isFlow: boolean
  readonly at: Position
}

function readMap(walk: Walk, pairs: readonly Pair[], { range, isFlow, at }: MapShape): MapNode {
  const entries = new Map<string, MapEntry>()
  for (const pair of pairs) {
    const keyRange = isNode(pair.key) ? rangeOf(pair.key) : { from: range.from, to: range.from }
    const glued = gluedKey(pair)
    if (glued !== undefined) {
      const finding = missingSpace(keyRange, [...at.path, glued])
      entries.set(glued, { keyRange, node: broken(walk, finding) })
      walk.unread.push(keyRange)
      continue
    }
    const key = readKey(walk, pair.key, keyRange, at)
    const earlier = key === undefined ? undefined : entries.get(key)
    if (key !== undefined && earlier === undefined) {
      entries.set(key, { keyRange, node: readItem(walk, pair.value, keyRange, below(isFlow ? inFlow(at) : at, key)) })
      continue
    }
    walk.unread.push(isNode(pair.value) ? rangeOf(pair.value) : keyRange)
    if (earlier !== undefined) walk.findings.push(duplicateKey(walk.source, at.path, { key, range: keyRange, earlier }))
  }
  return { kind: 'map', entries, isFlow, range }
}

/** `{timeout:5s}` is to YAML one key without a value. What stands behind the colon may be a secret. */
function gluedKey({ key, value }: Pair): string | undefined {
  if (value !== null || !isScalar(key) || key.type !== 'PLAIN') return undefined
  return /^([\w.-]+):./.exec(textOf(key))?.[1]
}

function missingSpace(range: Range, path: Path): Finding {
  const sentence = `${formatPath(path)}: a space is missing behind the colon`
  return { code: 'PM0104', path, sentence, expected: 'key: value', range }
}

/** Keys that would reach into an object's prototype in code that is less careful than this. */
const dangerousKeys = ['__proto__', 'constructor', 'prototype']

/** The text of a key; undefined, with a finding, when it cannot be one. */
function readKey(walk: Walk, key: unknown, range: Range, at: Position): string | undefined {
  const name = isScalar(key) && key.value !== null ? textOf(key) : undefined
  const sentence = keyFault(name)
  if (sentence === undefined) return name
  const found = name ?? (isScalar(key) ? 'nothing' : 'a block or a list')
  walk.findings.push({
    code: 'PM0118',
    path: at.path,
    sentence: sentence + inside(at.path),
    expected: 'a name',
    found,
    range,
  })
  return undefined
}

function keyFault(name: string | undefined): string | undefined {
  if (name === undefined) return 'a key must be a name'
  if (dangerousKeys.includes(name)) return `the key "${name}" is not allowed`
  return needsInterpolation(name) ? 'a key cannot hold ${...}' : undefined
}

interface Repetition {
  readonly key: string | undefined
  readonly range: Range
  readonly earlier: MapEntry
}

function duplicateKey(source: Source, path: Path, { key = '', range, earlier }: Repetition): Finding {
  const { line } = source.place(earlier.keyRange.from)
  const sentence = `the key "${key}" stands here for the second time${inside(path)}; the first is in line ${line}`
  return { code: 'PM0105', path: [...path, key], sentence, expected: 'every key once', found: `"${key}" again`, range }
}

function readAlias(walk: Walk, name: string, range: Range, at: Position): ConfigNode {
  const refuse = (sentence: string): ConfigNode => broken(walk, { code: 'PM0104', path: at.path, sentence, range })
  if (!walk.anchors.has(name))
    return refuse(
      'this refers to an anchor that does not stand before it; a text that begins with * must stand in quotes',
    )
  const target = walk.anchors.get(name)
  if (target === undefined) return refuse('this refers to a value that it is part of')
  const isFirstTooMany = walk.values <= valuesMax
  walk.values += countValues(target)
  if (walk.values <= valuesMax) return target
  if (!isFirstTooMany) return broken(walk)
  const sentence = `anchors and aliases multiply the values of this file to more than ${valuesMax}`
  return broken(walk, { code: 'PM0106', path: at.path, sentence, range })
}

/** How many values a tree stands for; shared branches count each time, and counting ends beyond the limit. */
function countValues(node: ConfigNode): number {
  let count = 0
  const open: ConfigNode[] = [node]
  for (let next = open.pop(); next !== undefined && count <= valuesMax; next = open.pop()) {
    count += 1
    if (next.kind === 'list') open.push(...next.items)
    if (next.kind === 'map') for (const entry of next.entries.values()) open.push(entry.node)
  }
  return count
}

function readScalar(walk: Walk, scalar: YamlScalar, range: Range, at: Position): ScalarNode {
  const isPlain = scalar.type === 'PLAIN' && scalar.tag === undefined
  const text = textOf(scalar)
  const base = { kind: 'scalar', isQuoted: !isPlain, isInFlow: at.isInFlow, range } as const
  if (!needsInterpolation(text)) {
    return { ...base, text, value: isPlain ? plainScalar(text) : (scalar.value as Scalar) }
  }
  const interpolation = interpolate(text, walk.world)
  const { facts: template } = interpolation
  if (!interpolation.ok) {
    walk.findings.push(...interpolation.faults.map((fault) => faultFinding(walk.source, fault, { text, range, at })))
    return { ...base, text: '', value: null, template, isBroken: true }
  }
  const { value: interpolated } = interpolation
  const value = isPlain && template.isWhole ? plainScalar(interpolated.text) : interpolated.text
  return { ...base, text: interpolated.text, value, template, interpolated }
}

interface ScalarPlace {
  readonly text: string
  readonly range: Range
  readonly at: Position
}

function faultFinding(source: Source, fault: InterpolationFault, { text, range, at }: ScalarPlace): Finding {
  const { code, reference, offset, why, hint } = fault
  const sentence = at.path.length === 0 ? why : `${formatPath(at.path)}: ${why}`
  const from = offsetInSource(source, text, range) + offset
  const isThere = source.text.startsWith(reference, from)
  const place = isThere ? { from, to: from + reference.length } : range
  return { code, path: at.path, sentence, range: place, ...(hint === undefined ? {} : { hint }) }
}

/** Where the text of a scalar stands in the source; only a guess when escapes or line breaks separate the two. */
function offsetInSource(source: Source, text: string, range: Range): number {
  const at = source.text.slice(range.from, range.to).indexOf(text)
  return range.from + Math.max(0, at)
}

/** Stands in the tree where something better should; without a finding, what is wrong has been said before. */
function broken(walk: Walk, finding?: Finding): ScalarNode {
  if (finding !== undefined) walk.findings.push(finding)
  const range = finding?.range ?? { from: 0, to: 0 }
  return { kind: 'scalar', value: null, text: '', isQuoted: false, isInFlow: false, range, isBroken: true }
}

function textOf(scalar: YamlScalar): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value))
}

function rangeOf(node: Node): Range {
  const [from = 0, to = from] = node.range ?? []
  return { from, to }
}

function below(at: Position, step: string | number): Position {
  return { ...at, path: [...at.path, step], depth: at.depth + 1 }
}

function inFlow(at: Position): Position {
  return { ...at, isInFlow: true }
}
