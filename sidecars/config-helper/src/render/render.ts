/** From what the sources hold now to the files of an output: all of them, or the reasons why there are none. */
import type { VolumeSnapshot } from '@podmates/shared/volume/snapshot.ts'
import type { VolumeState } from '@podmates/shared/volume/watch.ts'
import { type Fault, placeOf } from './fault.ts'
import { type Parsed, parseJson, parseUtf8, parseYaml } from './parse-text.ts'
import { formatReference, type Reference } from './reference.ts'
import { isEmptyTree, mergeTrees, printJson, printYaml, type Tree, treeOf } from './tree.ts'

/** Where the files of an output come from. */
export type Recipe =
  | { readonly from: 'source'; readonly source: string }
  | { readonly from: 'files'; readonly files: ReadonlyMap<string, FileRecipe> }

export type FileRecipe =
  | { readonly make: 'copy'; readonly of: Reference }
  | { readonly make: 'merge'; readonly of: readonly Reference[] }

export type Rendering =
  | { readonly ok: true; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** What each source held when it was last looked at. */
export type Sources = ReadonlyMap<string, VolumeState>

/** The sources that a recipe takes from; it cannot be followed before each of them has been looked at. */
export function sourcesOf(recipe: Recipe): ReadonlySet<string> {
  if (recipe.from === 'source') return new Set([recipe.source])
  return new Set([...recipe.files.values()].flatMap((file) => referencesOf(file).map(({ source }) => source)))
}

/** Follows the recipe. Nothing is rendered unless everything is: a missing file never becomes an empty one. */
export function render(recipe: Recipe, sources: Sources): Rendering {
  const faults: Fault[] = []
  const files =
    recipe.from === 'source'
      ? allFiles(recipe.source, sources, faults)
      : new Map([...recipe.files].map(([name, file]) => [name, makeFile(name, file, sources, faults)]))
  if (faults.length > 0) return { ok: false, faults }
  if (files.size === 0) return { ok: false, faults: [{ code: 'PM3002', message: emptyMessage(recipe) }] }
  return { ok: true, files }
}

const nothing = new Uint8Array()

function referencesOf(file: FileRecipe): readonly Reference[] {
  return file.make === 'copy' ? [file.of] : file.of
}

function emptyMessage(recipe: Recipe): string {
  return recipe.from === 'source' ? `sources.${recipe.source} holds no file` : 'no file is to be published'
}

function allFiles(source: string, sources: Sources, faults: Fault[]): ReadonlyMap<string, Uint8Array> {
  return snapshotOf(source, sources, faults)?.files ?? new Map()
}

function makeFile(name: string, file: FileRecipe, sources: Sources, faults: Fault[]): Uint8Array {
  if (file.make === 'copy') return bytesOf(file.of, sources, faults) ?? nothing
  const trees = file.of.map((part) => treeFrom(part, sources, faults)).filter((tree) => tree !== undefined)
  if (trees.length < file.of.length) return nothing
  const printed = print(name, trees.reduce(mergeTrees))
  if (printed.ok) return Buffer.from(printed.value)
  faults.push({ code: 'PM3003', message: `${name} ${printed.reason}` })
  return nothing
}

function print(name: string, tree: Tree): Parsed<string> {
  return isJsonName(name) ? printJson(tree) : { ok: true, value: printYaml(tree) }
}

/** A part of a merge. A file of comments alone is an empty map, so that an overlay may be left without a key. */
function treeFrom(part: Reference, sources: Sources, faults: Fault[]): Tree | undefined {
  const bytes = bytesOf(part, sources, faults)
  if (bytes === undefined) return undefined
  const parsed = parseTree(part.key, bytes)
  if (parsed.ok) return parsed.value
  faults.push({ code: 'PM3003', message: `${placeOf(formatReference(part), parsed.place)} ${parsed.reason}` })
  return undefined
}

function parseTree(key: string, bytes: Uint8Array): Parsed<Tree> {
  const text = parseUtf8(bytes)
  if (!text.ok) return text
  if (isJsonName(key)) {
    const json = parseJson(text.value)
    if (!json.ok) return json
  }
  const yaml = parseYaml(text.value)
  if (!yaml.ok) return yaml
  const [document, ...more] = yaml.value
  if (more.length > 0) return { ok: false, reason: 'holds several documents; a merge takes one of each file' }
  const tree = document === undefined ? emptyMap : treeOf(document)
  if (!tree.ok) return tree
  if (isEmptyTree(tree.value)) return emptyMap
  if (tree.value.kind !== 'map') return { ok: false, reason: 'is no map of keys, which a merge needs' }
  return tree
}

const emptyMap: Parsed<Tree> = { ok: true, value: { kind: 'map', entries: new Map() } }

function isJsonName(name: string): boolean {
  return name.endsWith('.json')
}

function bytesOf({ source, key }: Reference, sources: Sources, faults: Fault[]): Uint8Array | undefined {
  const snapshot = snapshotOf(source, sources, faults)
  if (snapshot === undefined) return undefined
  const bytes = snapshot.files.get(key)
  if (bytes !== undefined) return bytes
  const names = [...snapshot.files.keys()]
  const found = names.length === 0 ? 'no file' : names.slice(0, 10).join(', ') + (names.length > 10 ? ', ...' : '')
  faults.push({ code: 'PM3001', message: `sources.${source}: expected a file ${key}, found ${found}` })
  return undefined
}

function snapshotOf(source: string, sources: Sources, faults: Fault[]): VolumeSnapshot | undefined {
  const state = sources.get(source) ?? { state: 'absent' }
  switch (state.state) {
    case 'present':
      return state.snapshot
    case 'absent':
      addOnce(faults, { code: 'PM3001', message: `sources.${source}: there is no such directory` })
      return undefined
    case 'unreadable':
      addOnce(faults, { code: state.error.code, message: `sources.${source}: ${state.error.message}` })
      return undefined
  }
}

/** Several files of one source fail for the same reason; it is told once. */
function addOnce(faults: Fault[], fault: Fault): void {
  if (!faults.some(({ message }) => message === fault.message)) faults.push(fault)
}
