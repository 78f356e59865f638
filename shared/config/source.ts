/**
 * The text of a configuration file, with lines and columns. Everything that is wrong with the bytes
 * themselves (too many, not UTF-8, not text) is found here, before YAML sees them.
 */
import { LineCounter } from 'yaml'
import type { Finding, Range } from './finding.ts'

/** What the user gives: a name and a content. */
export interface ConfigSource {
  /** As the user named it; stands in every message. */
  readonly file: string
  /** The content. Bytes are checked to be UTF-8. */
  readonly text: string | Uint8Array
}

/** Text whose every offset has a line and a column. */
export interface Source {
  readonly file: string
  readonly text: string
  /** @param offset UTF-16 units from the start @returns line and column, both 1-based */
  place(offset: number): { readonly line: number; readonly column: number }
  /** The line around an offset, without its line break. */
  lineAround(offset: number): Range
}

/** A ConfigMap holds 1 MiB at most (Kubernetes, "ConfigMap"), so no larger file can reach a Pod by that way. */
export const configBytesMax = 1_048_576

/** Decodes a configuration; with a finding, `source` shows as much as can be shown. */
export function openSource({ file, text }: ConfigSource): { readonly source: Source; readonly finding?: Finding } {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  if (bytes.length > configBytesMax) return { source: createSource(file, ''), finding: tooLarge(bytes.length) }
  const decoded = typeof text === 'string' ? text : new TextDecoder('utf-8', { ignoreBOM: true }).decode(text)
  const source = createSource(file, decoded.replace(/^\uFEFF/, ''))
  const finding = (typeof text === 'string' ? undefined : notUtf8(text, source)) ?? controlCharacter(source)
  return finding === undefined ? { source } : { source, finding }
}

/** Text that is already known to be clean. */
export function createSource(file: string, text: string): Source {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1)
  const clamp = (offset: number): number => Math.max(0, Math.min(offset, text.length))
  return {
    file,
    text,
    place: (offset) => {
      const { line, col } = lines.linePos(clamp(offset))
      return { line, column: col }
    },
    lineAround: (offset) => {
      const { line } = lines.linePos(clamp(offset))
      const from = lines.lineStarts[line - 1] ?? 0
      const end = (lines.lineStarts[line] ?? text.length + 1) - 1
      return { from, to: text[end - 1] === '\r' && end > from ? end - 1 : end }
    },
  }
}

function tooLarge(bytes: number): Finding {
  return {
    code: 'PM0102',
    path: [],
    sentence: `the file has ${bytes} bytes, at most ${configBytesMax} are read`,
    expected: `at most ${configBytesMax} bytes`,
    found: `${bytes} bytes`,
  }
}

/** The first line that is no UTF-8. A line break is never a part of another character, so lines decode alone. */
function notUtf8(bytes: Uint8Array, source: Source): Finding | undefined {
  if (isUtf8(bytes)) return undefined
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const offset = Math.max(0, offsetOfBadLine(bytes, source.text))
  const column = source.text.indexOf('\uFFFD', offset)
  return {
    code: 'PM0103',
    path: [],
    sentence: 'the file is not UTF-8 text',
    expected: 'UTF-8 text',
    found: isUtf16 ? 'UTF-16' : 'a byte that is no UTF-8',
    ...(isUtf16 ? { hint: 'save the file as UTF-8; it is UTF-16 now' } : {}),
    range: { from: Math.max(offset, column), to: Math.max(offset, column) + 1 },
  }
}

function offsetOfBadLine(bytes: Uint8Array, text: string): number {
  let offset = 0
  for (let from = 0; from < bytes.length; ) {
    const lineBreak = bytes.indexOf(0x0a, from)
    const to = lineBreak < 0 ? bytes.length : lineBreak + 1
    if (!isUtf8(bytes.subarray(from, to))) return offset
    offset = text.indexOf('\n', offset) + 1
    from = to
  }
  return 0
}

/** Whether bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    // The decoder has no other way to say no; the caller reports it.
    return false
  }
}

/** YAML 1.2.2, section 5.1: a file holds printable characters only; the library lets the others through. */
function controlCharacter({ text }: Source): Finding | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  const offset = text.search(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/)
  if (offset < 0) return undefined
  const found = `the control character U+${text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0')}`
  return {
    code: 'PM0103',
    path: [],
    sentence: `${found} is not allowed in YAML`,
    expected: 'printable text',
    found,
    range: { from: offset, to: offset + 1 },
  }
}
