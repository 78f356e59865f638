/**
 * `${NAME}`, `${NAME:-default}` and `${file:/path}` inside the texts of a configuration; `$${` stands for a
 * plain `${`. What comes from a file is a secret, and so is what comes from a variable with a secret's name.
 */
import { suggestion } from './nearest-word.ts'
import { isSecretName, redacted } from './redaction.ts'
import { isUtf8 } from './source.ts'

/** What interpolation needs of the world. */
export interface ConfigWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads at most `bytesMax + 1` bytes of a file; throws what the system says. `readFileAtMost` is the real one. */
  readonly readFile: (path: string, bytesMax: number) => Uint8Array
}

/** A piece of a text. `reference` is what stands in the file, `${` and `}` included. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'env'; readonly reference: string; readonly name: string; readonly fallback?: string }
  | { readonly kind: 'file'; readonly reference: string; readonly path: string }
  | { readonly kind: 'broken'; readonly reference: string; readonly why: string }

/** The text with its references replaced. */
export interface Interpolated {
  readonly text: string
  /** The same with `[redacted]` in place of every secret; equal to `text` when there is none. */
  readonly masked: string
  /** The secrets inside it, none of them empty. */
  readonly secrets: readonly string[]
  /** Where it came from, for messages: `${NAME}`, `${file:/path}`; never with a default in it. */
  readonly origins: readonly string[]
  /** The whole text is one reference, so that it may stand for a number or a flag. */
  readonly isWhole: boolean
  /** The source itself shows a secret: the default of a variable with a secret's name. */
  readonly sourceIsSecret: boolean
}

/** Why a reference could not be replaced. */
export interface InterpolationFault {
  readonly code: 'PM0113' | 'PM0114' | 'PM0115'
  readonly reference: string
  readonly why: string
  readonly hint?: string
}

export type Interpolation =
  | { readonly ok: true; readonly value: Interpolated }
  | { readonly ok: false; readonly faults: readonly InterpolationFault[] }

/** A secret is a password, a key or a certificate; 64 KiB hold the longest chain of them. */
export const secretFileBytesMax = 65_536

/** Whether a text has anything to replace, escapes included. */
export function needsInterpolation(text: string): boolean {
  return text.includes('${')
}

/** Replaces every reference of a text, or says why it cannot. Never throws. */
export function interpolate(text: string, world: ConfigWorld): Interpolation {
  const segments = parseTemplate(text)
  const pieces = segments.map((segment) => resolveSegment(segment, world))
  const faults = pieces.filter((piece) => 'fault' in piece).map(({ fault }) => fault)
  if (faults.length > 0) return { ok: false, faults }
  const good = pieces.filter((piece) => 'text' in piece)
  return {
    ok: true,
    value: {
      text: good.map((piece) => piece.text).join(''),
      masked: good.map((piece) => (piece.isSecret ? redacted : piece.text)).join(''),
      secrets: good.filter((piece) => piece.isSecret && piece.text !== '').map((piece) => piece.text),
      origins: [...new Set(segments.flatMap(originOf))],
      isWhole: segments.length === 1 && segments[0]?.kind !== 'literal',
      sourceIsSecret: segments.some((segment) => segment.kind === 'env' && hasSecretFallback(segment)),
    },
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
    segments.push(closing === '}' ? parseReference(reference, inside) : brokenReference(reference, closing))
  }
  literal += text.slice(end)
  flush()
  return segments
}

function brokenReference(reference: string, closing: string | undefined): Segment {
  const why = closing === '' ? 'has no closing }' : 'holds a {, which cannot stand inside a reference'
  return { kind: 'broken', reference, why }
}

function parseReference(reference: string, inside: string): Segment {
  if (inside.startsWith('file:')) {
    const path = inside.slice('file:'.length)
    if (path.startsWith('/')) return { kind: 'file', reference, path }
    return { kind: 'broken', reference, why: 'needs an absolute path: ${file:/path}' }
  }
  const match = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside)
  const [, name, fallback] = match ?? []
  if (name === undefined)
    return { kind: 'broken', reference, why: 'is none of ${NAME}, ${NAME:-default}, ${file:/path}' }
  return { kind: 'env', reference, name, ...(fallback === undefined ? {} : { fallback }) }
}

type Piece = { readonly text: string; readonly isSecret: boolean } | { readonly fault: InterpolationFault }

function resolveSegment(segment: Segment, world: ConfigWorld): Piece {
  switch (segment.kind) {
    case 'literal':
      return { text: segment.text, isSecret: false }
    case 'broken':
      return {
        fault: { code: 'PM0115', reference: segment.reference, why: `${shown(segment.reference)} ${segment.why}` },
      }
    case 'env':
      return resolveVariable(segment, world.env)
    case 'file':
      return resolveFile(segment, world.readFile)
  }
}

/** As in a shell, an empty variable takes the default too (POSIX, 2.6.2 "Parameter Expansion"). */
function resolveVariable(segment: Segment & { kind: 'env' }, env: ConfigWorld['env']): Piece {
  const { name, fallback, reference } = segment
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  const isSecret = isSecretName(name)
  if (value !== undefined && (value !== '' || fallback === undefined)) return { text: value, isSecret }
  if (fallback !== undefined) return { text: fallback, isSecret }
  return {
    fault: {
      code: 'PM0113',
      reference,
      why: `the environment variable ${name} is not set`,
      ...suggestion(name, Object.keys(env)),
    },
  }
}

function resolveFile(segment: Segment & { kind: 'file' }, readFile: ConfigWorld['readFile']): Piece {
  const { path, reference } = segment
  const fault = (why: string): Piece => ({ fault: { code: 'PM0114', reference, why: `cannot read ${path}: ${why}` } })
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

function originOf(segment: Segment): string[] {
  if (segment.kind === 'env') return [`\${${segment.name}}`]
  return segment.kind === 'file' ? [segment.reference] : []
}

function hasSecretFallback({ name, fallback }: Segment & { kind: 'env' }): boolean {
  return fallback !== undefined && fallback !== '' && isSecretName(name)
}

/** A reference in a message: cut where a default begins, which could be a secret. */
function shown(reference: string): string {
  const name = /^\$\{[\w:/.-]*/.exec(reference)?.[0] ?? '${'
  const end = name.indexOf(':-')
  return name === reference.slice(0, -1) || name === reference ? reference : `${end < 0 ? name : name.slice(0, end)}...`
}
