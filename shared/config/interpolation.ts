/**
 * `${NAME}`, `${NAME:-default}` and `${file:/path}` inside the texts of a configuration; `$${` stands for a
 * plain `${`. What comes from a file is a secret, and so is what comes from a variable with a secret's name.
 */

import { isSecretName } from '../log/secret-name.ts'
import { suggestion } from './nearest-word.ts'
import { redacted } from './redaction.ts'
import { isUtf8 } from './source.ts'

/** What interpolation needs of the world. */
export interface ConfigWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads at most `bytesMax + 1` bytes of a file; throws what the system says. `readFileAtMost` is the real one. */
  readonly readFile: (path: string, bytesMax: number) => Uint8Array
}

/** A piece of a text. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | ({ readonly kind: 'env'; readonly name: string; readonly fallback?: string } & Reference)
  | ({ readonly kind: 'file'; readonly path: string } & Reference)
  | ({ readonly kind: 'broken'; readonly why: string } & Reference)

/** What stands in the text, `${` and `}` included, and where. */
export interface Reference {
  readonly reference: string
  /** UTF-16 units from the start of the text. */
  readonly offset: number
}

/** The text with its references replaced. */
export interface Interpolated {
  readonly text: string
  /** The same with `[redacted]` in place of every secret; equal to `text` when there is none. */
  readonly masked: string
  /** The secrets inside it, none of them empty. */
  readonly secrets: readonly string[]
  /** Where it came from, for messages: `${NAME}`, `the default of ${NAME}`, `${file:/path}`; never with a default in it. */
  readonly origins: readonly string[]
}

/** What a text with references shows by itself, whatever they stand for. */
export interface TemplateFacts {
  /** The whole text is one reference, so that it may stand for a number or a flag. */
  readonly isWhole: boolean
  /** Some of it comes from a secret's place, so that the rest needs not be one. */
  readonly refersToSecret: boolean
  /** The text itself holds a secret: the default of a variable with a secret's name. */
  readonly showsSecret: boolean
}

/** Why a reference could not be replaced. */
export interface InterpolationFault extends Reference {
  readonly code: 'PM0113' | 'PM0114' | 'PM0115'
  readonly why: string
  readonly hint?: string
}

export type Interpolation =
  | { readonly ok: true; readonly facts: TemplateFacts; readonly value: Interpolated }
  | { readonly ok: false; readonly facts: TemplateFacts; readonly faults: readonly InterpolationFault[] }

/** A secret is a password, a key or a certificate; 64 KiB hold the longest chain of them. */
export const secretFileBytesMax = 65_536

/** Whether a text has anything to replace, escapes included. */
export function needsInterpolation(text: string): boolean {
  return text.includes('${')
}

/** Replaces every reference of a text, or says why it cannot. Never throws. */
export function interpolate(text: string, world: ConfigWorld): Interpolation {
  const segments = parseTemplate(text)
  const facts = factsOf(segments)
  const pieces = segments.map((segment) => resolveSegment(segment, world))
  const faults = pieces.filter((piece) => 'fault' in piece).map(({ fault }) => fault)
  if (faults.length > 0) return { ok: false, facts, faults }
  const good = pieces.filter((piece) => 'text' in piece)
  const value: Interpolated = {
    text: good.map((piece) => piece.text).join(''),
    masked: good.map((piece) => (piece.isSecret ? redacted : piece.text)).join(''),
    secrets: good.filter((piece) => piece.isSecret && piece.text !== '').map((piece) => piece.text),
    origins: [...new Set(good.flatMap(({ origin }) => origin ?? []))],
  }
  return { ok: true, facts, value }
}

function factsOf(segments: readonly Segment[]): TemplateFacts {
  const ofSecrets = segments.filter(
    (segment) => segment.kind === 'file' || (segment.kind === 'env' && isSecretName(segment.name)),
  )
  return {
    isWhole: segments.length === 1 && segments[0]?.kind !== 'literal',
    refersToSecret: ofSecrets.length > 0,
    showsSecret: ofSecrets.some((segment) => segment.kind === 'env' && (segment.fallback ?? '') !== ''),
  }
}

const referencePattern = /\$\$\{|\$\{([^{}]*)(\}|\$?\{|$)/g

/** Splits a text into its literal pieces and its references. Never throws. */
export function parseTemplate(text: string): readonly Segment[] {
  const segments: Segment[] = []
  let literal = ''
  let end = 0
  const flush = (): void => {
    if (literal !== '') segments.push({ kind: 'literal', text: literal })
    literal = ''
  }
  for (const match of text.matchAll(referencePattern)) {
    const [reference, inside = '', closing] = match
    literal += text.slice(end, match.index)
    end = match.index + reference.length
    if (reference === '$${') {
      literal += '${'
      continue
    }
    flush()
    const at = { reference, offset: match.index }
    segments.push(closing === '}' ? parseReference(at, inside) : brokenReference(at, closing))
  }
  literal += text.slice(end)
  flush()
  return segments
}

function brokenReference(at: Reference, closing: string | undefined): Segment {
  const why = closing === '' ? 'has no closing }' : 'holds a {, which cannot stand inside a reference'
  return { kind: 'broken', ...at, why }
}

function parseReference(at: Reference, inside: string): Segment {
  if (inside.startsWith('file:')) {
    const path = inside.slice('file:'.length)
    if (path.startsWith('/')) return { kind: 'file', ...at, path }
    return { kind: 'broken', ...at, why: 'needs an absolute path: ${file:/path}' }
  }
  const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside) ?? []
  if (name === undefined) return { kind: 'broken', ...at, why: 'is none of ${NAME}, ${NAME:-default}, ${file:/path}' }
  return { kind: 'env', ...at, name, ...(fallback === undefined ? {} : { fallback }) }
}

/** What a segment becomes. `origin` is missing for literals. */
type Piece =
  | { readonly text: string; readonly isSecret: boolean; readonly origin?: string }
  | { readonly fault: InterpolationFault }

function resolveSegment(segment: Segment, world: ConfigWorld): Piece {
  switch (segment.kind) {
    case 'literal':
      return { text: segment.text, isSecret: false }
    case 'broken':
      return faultAt(segment, 'PM0115', `${shownReference(segment.reference)} ${segment.why}`)
    case 'env':
      return resolveVariable(segment, world.env)
    case 'file':
      return resolveFile(segment, world.readFile)
  }
}

function faultAt(
  { reference, offset }: Reference,
  code: InterpolationFault['code'],
  why: string,
  hint?: string,
): Piece {
  return { fault: { code, reference, offset, why, ...(hint === undefined ? {} : { hint }) } }
}

/** As in a shell, an empty variable takes the default too (POSIX, 2.6.2 "Parameter Expansion"). */
function resolveVariable(segment: Segment & { kind: 'env' }, env: ConfigWorld['env']): Piece {
  const { name, fallback } = segment
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  const isSecret = isSecretName(name)
  const origin = `\${${name}}`
  if (value !== undefined && (value !== '' || fallback === undefined)) return { text: value, isSecret, origin }
  if (fallback !== undefined) return { text: fallback, isSecret, origin: `the default of ${origin}` }
  const { hint } = suggestion(name, Object.keys(env))
  return faultAt(segment, 'PM0113', `the environment variable ${name} is not set`, hint)
}

function resolveFile(segment: Segment & { kind: 'file' }, readFile: ConfigWorld['readFile']): Piece {
  const { path, reference } = segment
  const fault = (why: string): Piece => faultAt(segment, 'PM0114', `cannot read ${path}: ${why}`)
  let bytes: Uint8Array
  try {
    bytes = readFile(path, secretFileBytesMax)
  } catch (error) {
    return fault(reasonOf(error))
  }
  if (bytes.length > secretFileBytesMax) return fault(`it has more than ${secretFileBytesMax} bytes`)
  if (!isUtf8(bytes)) return fault('it is not UTF-8 text')
  return {
    text: Buffer.from(bytes)
      .toString()
      .replace(/\r?\n$/, ''),
    isSecret: true,
    origin: reference,
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links go round in a circle',
  EMFILE: 'too many open files',
}

/** What the system said, in words; never with any content of the file. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code === undefined ? undefined : reasons[code]) ?? message ?? String(error)
}

/** A reference as a message may show it: cut behind its name, because what follows may be a default, and a default a secret. */
export function shownReference(reference: string): string {
  if (/^\$\{(\w*|file:[^{}]*)\}?$/.test(reference)) return reference
  return `${/^\$\{\w*/.exec(reference)?.[0]}...`
}
