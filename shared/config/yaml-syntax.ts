/**
 * What is wrong with a text that is not YAML, in words for people who write YAML and have not read its
 * specification. One finding a line: what follows on the same line is a consequence of the first.
 */
import { type Document, isCollection, isScalar, type Node, parseDocument, visit, type YAMLError } from 'yaml'
import type { Finding, Range } from './finding.ts'
import type { Source } from './source.ts'

/** Explains the errors of a document. @param errors as the library reports them, at least one */
export function explainSyntax(source: Source, errors: readonly YAMLError[]): Finding[] {
  const findings: Finding[] = []
  const lines = new Set<number>()
  for (const error of errors) {
    const finding = explain(source, error)
    const { line } = source.place(finding.range?.from ?? 0)
    if (!lines.has(line)) findings.push(finding)
    lines.add(line)
    if (error.code === 'UNEXPECTED_TOKEN' || error.code === 'RESOURCE_EXHAUSTION') break
  }
  return findings
}

type Explanation = Omit<Finding, 'code' | 'path' | 'range'> & { readonly range?: Range }

function explain(source: Source, error: YAMLError): Finding {
  if (error.code === 'RESOURCE_EXHAUSTION') return tooDeep(rangeOf(error))
  const explanation = explanationOf(source.text, error)
  return { code: 'PM0104', path: [], range: rangeOf(error), ...explanation }
}

/** YAML that is nested further than any configuration is. */
export function tooDeep(range: Range): Finding {
  return { code: 'PM0106', path: [], sentence: 'lists and blocks are nested too deeply here', range }
}

function rangeOf({ pos: [from, to] }: YAMLError): Range {
  return { from, to }
}

function explanationOf(text: string, error: YAMLError): Explanation {
  const [from] = error.pos
  const notInQuotes = quotesHint(text, from)
  if (notInQuotes !== undefined) return notInQuotes
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { sentence: 'a tab stands where YAML needs spaces', expected: 'spaces', found: 'a tab' }
    case 'MULTIPLE_DOCS':
      return {
        sentence: 'a second document begins here; a configuration is one document',
        expected: 'one document',
        range: { from, to: from + 3 },
      }
    case 'BAD_INDENT':
    case 'MISSING_CHAR':
      return unclosed(text, from) ?? wrongIndent(error) ?? missing(error, text)
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        sentence: 'a value that holds ": " must stand in quotes, and a block begins on a line of its own',
        range: tokenAt(text, from),
      }
    case 'BAD_SCALAR_START':
      return { sentence: `a text that begins with ${text[from]} must stand in quotes`, range: tokenAt(text, from) }
    case 'BAD_DQ_ESCAPE':
      return {
        sentence: `${error.message.replace('Invalid escape sequence', 'there is no escape')} in double quotes`,
        hint: 'write \\\\ for a backslash, or use single quotes',
      }
    case 'TAG_RESOLVE_FAILED':
      return { sentence: `the tag ${text.slice(...error.pos)} has no meaning here` }
    case 'UNEXPECTED_TOKEN':
      return { sentence: 'this is not expected here', found: text.slice(...error.pos), range: tokenAt(text, from) }
    default:
      return { sentence: error.message.charAt(0).toLowerCase() + error.message.slice(1) }
  }
}

/** `{ port: ${PORT} }` and `address: [::1]:80`: what stands there is known, and so is what to write. */
function quotesHint(text: string, at: number): Explanation | undefined {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, endOfLine(text, at))
  const offset = at - (text.lastIndexOf('\n', at - 1) + 1)
  for (const match of line.matchAll(/\$\{[^{}\s]*\}|\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]:\d+/g)) {
    if (offset < match.index || offset > match.index + match[0].length) continue
    const from = at - offset + match.index
    const isQuoted = /["']/.test(line.charAt(match.index - 1))
    if (isQuoted) continue
    const inFlow = match[0].startsWith('$') ? ' inside { } and [ ]' : ''
    return {
      sentence: `${match[0]} must stand in quotes${inFlow}`,
      hint: `write "${match[0]}"`,
      range: { from, to: from + match[0].length },
    }
  }
  return undefined
}

/** The bracket or the quote that is open at an offset. The document is read again, with its tokens. */
function unclosed(text: string, at: number): Explanation | undefined {
  let found: { readonly open: string; readonly from: number } | undefined
  const document: Document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, keepSourceTokens: true })
  visit(document, {
    Node: (_, node) => {
      const from = openBracket(node, text) ?? openQuote(node, text)
      if (from !== undefined && from < at && (node.range?.[1] ?? 0) >= at) found = { open: text.charAt(from), from }
    },
  })
  return found && { sentence: `this ${found.open} is never closed`, range: { from: found.from, to: found.from + 1 } }
}

function openBracket(node: Node, text: string): number | undefined {
  if (!isCollection(node) || node.flow !== true || node.range == null) return undefined
  const token = node.srcToken
  if (token?.type !== 'flow-collection') return undefined
  const isClosed = token.end.some(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end')
  return isClosed || !/[[{]/.test(text.charAt(node.range[0])) ? undefined : node.range[0]
}

function openQuote(node: Node, text: string): number | undefined {
  if (!isScalar(node) || node.range == null || !/^QUOTE/.test(node.type ?? '')) return undefined
  const [from, to] = node.range
  return to - from > 1 && text[to - 1] === text[from] && !isEscaped(text, to - 1) ? undefined : from
}

function isEscaped(text: string, at: number): boolean {
  return /(?:^|[^\\])(?:\\\\)*\\$/.test(text.slice(Math.max(0, at - 64), at))
}

function wrongIndent({ code, message, pos }: YAMLError): Explanation | undefined {
  if (code !== 'BAD_INDENT') return undefined
  if (message.startsWith('Flow end')) return { sentence: 'the closing bracket must be indented further than its key' }
  return { sentence: 'this line is not indented like the lines it belongs to', range: { from: pos[0], to: pos[1] } }
}

function missing({ message }: YAMLError, text: string): Explanation {
  if (/implicit map keys/i.test(message)) {
    return { sentence: 'this is no "key: value": a key ends with a colon and a space', expected: 'key: value' }
  }
  if (/Missing ,/.test(message)) return { sentence: 'a comma is missing before this', expected: ',' }
  return { sentence: message.charAt(0).toLowerCase() + message.slice(1), ...(text === '' ? {} : {}) }
}

function tokenAt(text: string, from: number): Range {
  const length = /^[^\s,\]}]*/.exec(text.slice(from, endOfLine(text, from)))?.[0].length ?? 1
  return { from, to: from + Math.max(1, length) }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}
