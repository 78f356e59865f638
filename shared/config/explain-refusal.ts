/**
 * From "a schema said no" to a sentence with a place: what was expected, what was found, where it came from and,
 * only when it is proven, what to write instead. Proven means that the schema itself has accepted the advice.
 */
import * as v from 'valibot'
import { apiVersionKey } from './api-version.ts'
import { type ConfigNode, follow, formatPath, inside, type ScalarNode, type Spot } from './config-tree.ts'
import { plainScalar } from './core-schema.ts'
import type { AnySchema } from './custom-schema.ts'
import type { Path } from './define-config.ts'
import type { Finding, Range } from './finding.ts'
import { suggestion } from './nearest-word.ts'
import { redactUrls } from './redaction.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { isReserved } from './reserved.ts'
import { pathOf } from './run-schema.ts'
import { entriesOf, schemaAt } from './schema-walk.ts'
import { isSecretPlace } from './secret-places.ts'

/** The configuration that a refusal is about. */
export interface Subject {
  readonly schema: AnySchema
  readonly root: ConfigNode
  /** What the schema was given. */
  readonly value: unknown
}

/** Explains an issue of valibot. @returns nothing when the place was already reported as unreadable */
export function explainIssue(subject: Subject, issue: v.BaseIssue<unknown>): Finding[] {
  const path = pathOf(issue)
  const refusal = refusalOf(issue) ?? foreignRefusal(issue)
  const isOfKey = issue.path?.at(-1)?.origin === 'key'
  return explainRefusal(subject, path, isOfKey ? { ...refusal, mark: 'key' } : refusal)
}

/** The words for the schemas of valibot that configurations use beside our own. */
const expectedBy: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  string: 'text',
  number: 'a number',
  record: 'a block of named entries',
}

function foreignRefusal({ type, message, requirement, expected }: v.BaseIssue<unknown>): Refusal {
  if (type === 'min_length')
    return { code: 'PM0111', expected: `at least ${requirement} ${requirement === 1 ? 'entry' : 'entries'}` }
  if (type === 'check' || type === 'raw_check') return { code: 'PM0110', sentence: message }
  return { code: 'PM0110', expected: expectedBy[type] ?? expected ?? 'another value' }
}

/** Explains a refusal at a path. @returns nothing when the place was already reported as unreadable */
export function explainRefusal(subject: Subject, path: Path, refusal: Refusal): Finding[] {
  const spot = follow(subject.root, path)
  if (spot.node.kind === 'scalar' && spot.node.isBroken === true) return []
  const range = markedRange(spot, path, refusal.mark)
  const place = { code: refusal.code, path, ...(range === undefined ? {} : { range }) }
  if (refusal.mark === 'key') return [{ ...place, ...ofKey(path, refusal) }]
  return [{ ...place, ...ofValue(subject, path, refusal, spot) }]
}

type Words = Pick<Finding, 'sentence' | 'expected' | 'found' | 'hint'>

function ofKey(path: Path, refusal: Refusal): Words {
  const key = String(path.at(-1) ?? '')
  const allowed = [...(refusal.allowed ?? []), ...(path.length === 1 ? [apiVersionKey] : [])]
  const sentence = refusal.sentence ?? `expected ${refusal.expected}, found "${key}"`
  const isUnknown = refusal.allowed !== undefined
  const hint = refusal.hint ?? (isUnknown ? hintForUnknown(key, allowed) : undefined)
  const expected = refusal.expected ?? (isUnknown ? `one of ${allowed.join(', ')}` : undefined)
  return {
    sentence: sentence + inside(path.slice(0, -1)),
    ...(expected === undefined ? {} : { expected }),
    found: refusal.code === 'PM0108' ? 'nothing' : `"${key}"`,
    ...(hint === undefined ? {} : { hint }),
  }
}

/** A longer list is no help on one line; the README has it. */
const listedKeysMax = 12

function hintForUnknown(key: string, allowed: readonly string[]): string | undefined {
  const { hint } = suggestion(key, allowed)
  return hint ?? (allowed.length <= listedKeysMax ? `allowed here: ${allowed.join(', ')}` : undefined)
}

function ofValue(subject: Subject, path: Path, refusal: Refusal, spot: Spot): Words {
  const isHidden = isSecretAt(subject, path, spot)
  const found = refusal.oneOf === undefined ? foundAt(spot, isHidden ? hiddenScalar : shownScalar) : 'none of them'
  const expected = expectedAt(subject, path, refusal)
  const needed = refusal.oneOf === undefined ? undefined : `needs ${expected}`
  const statement = refusal.sentence ?? needed ?? `expected ${expected}, found ${found}`
  const origin = refusal.sentence === undefined ? '' : fromOf(spot.node)
  // Most hints repeat what was found, in the form that it should have.
  const hint =
    missingSpaceHint(schemaAt(subject.schema, subject.value, path).schema, spot.node) ??
    (isHidden ? undefined : (refusal.hint ?? hintFor(subject, path, refusal, spot)))
  return {
    sentence: `${path.length === 0 ? '' : `${formatPath(path)}: `}${statement}${origin}`,
    ...(expected === undefined ? {} : { expected }),
    found,
    ...(hint === undefined ? {} : { hint: redactUrls(hint) }),
  }
}

/** Whether what stands at a place must not be shown: by its key, or by where it came from. */
function isSecretAt({ schema, value }: Subject, path: Path, { node }: Spot): boolean {
  if (node.kind !== 'scalar' || node.value === null) return false
  return (node.interpolated?.secrets.length ?? 0) > 0 || isSecretPlace(schema, value, path)
}

/** Keys that are not built yet are no advice. */
function expectedAt({ schema, value }: Subject, path: Path, { expected, oneOf }: Refusal): string | undefined {
  if (oneOf === undefined) return expected
  const place = schemaAt(schema, value, path).schema
  const entries = place === undefined ? undefined : entriesOf(place)
  const built = oneOf.filter((key) => !isReserved(entries?.[key]))
  return built.length === 1 ? `the key ${built[0]}` : `one of the keys ${built.join(', ')}`
}

/** What stands at a place, in words. @param wordsFor a scalar: those of a secret do not show it */
function foundAt({ node, isComplete }: Spot, wordsFor: (scalar: ScalarNode) => string): string {
  if (!isComplete) return 'nothing'
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list'
  if (node.kind === 'map') return 'a block of keys'
  return wordsFor(node) + fromOf(node)
}

function hiddenScalar(): string {
  return 'a secret (not shown)'
}

const shownLengthMax = 60

function shownScalar({ value, text }: ScalarNode): string {
  if (value === null) return 'nothing'
  if (typeof value !== 'string') return text
  const safe = redactUrls(value)
  return JSON.stringify(safe.length > shownLengthMax ? `${safe.slice(0, shownLengthMax)}...` : safe)
}

/** ` from ${TIMEOUT}`, when a value did not stand in the file itself. */
function fromOf(node: ConfigNode): string {
  const origins = node.kind === 'scalar' ? (node.interpolated?.origins ?? []) : []
  return origins.length === 0 ? '' : ` from ${origins.join(' and ')}`
}

/**
 * `timeout:5s` on a line of its own is a text; that `timeout` is a key of the block proves what was meant. Names the
 * key alone, because what follows may be a secret.
 */
export function missingSpaceHint(schema: AnySchema | undefined, node: ConfigNode): string | undefined {
  const entries = schema === undefined ? undefined : entriesOf(schema)
  if (entries === undefined || node.kind !== 'scalar' || node.isQuoted) return undefined
  const [key] = /^[\w.-]+(?=:\S)/.exec(node.text) ?? []
  return key !== undefined && Object.hasOwn(entries, key) ? `a space is missing behind "${key}:"` : undefined
}

function hintFor(subject: Subject, path: Path, refusal: Refusal, spot: Spot): string | undefined {
  const { node } = spot
  if (!spot.isComplete || refusal.sentence !== undefined) return undefined
  const { schema } = schemaAt(subject.schema, subject.value, path)
  const accepts = (value: unknown): boolean => schema !== undefined && v.safeParse(schema, value).success
  if (node.kind === 'scalar' && typeof node.value === 'string' && refusal.allowed !== undefined) {
    return suggestion(node.value, refusal.allowed).hint
  }
  if (node.kind === 'scalar') return quotesHint(node, accepts) ?? listHint(node, accepts)
  return undefined
}

function quotesHint(node: ScalarNode, accepts: (value: unknown) => boolean): string | undefined {
  const wantsText = typeof node.value !== 'string' && node.value !== null && accepts(node.text)
  if (wantsText) return node.interpolated === undefined ? `put it in quotes: "${node.text}"` : undefined
  if (!node.isQuoted || !accepts(plainScalar(node.text))) return undefined
  const isStuck = node.isInFlow && node.interpolated !== undefined
  return isStuck ? 'remove the quotes, and write the key on a line of its own' : 'remove the quotes'
}

function listHint(node: ScalarNode, accepts: (value: unknown) => boolean): string | undefined {
  return node.value !== null && accepts([node.value]) ? 'write it as a list, in [ ]' : undefined
}

/** Below what the mark stands: the key, or the value where it is written on one line. */
function markedRange(
  { node, keyRange, isComplete }: Spot,
  path: Path,
  mark: Refusal['mark'] = 'value',
): Range | undefined {
  const isOneLine = node.kind === 'scalar' ? node.range.to > node.range.from : node.isFlow
  if (isComplete && mark === 'value' && isOneLine) return node.range
  if (keyRange !== undefined) return keyRange
  return path.length === 0 || (!isComplete && path.length === 1) ? undefined : node.range
}
