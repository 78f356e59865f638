/**
 * What is wrong with a text that is not YAML, in words for people who write YAML and have not read its
 * specification. One finding a line: what follows on the same line is a consequence of the first.
 */
import { type Document, isCollection, isScalar, type Node, parseDocument, visit, type YAMLError } from 'yaml'
import type { Finding, Range } from './finding.ts'
import { shownReference } from './interpolation.ts'
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

/** Never repeats what stands in the file: that may be a secret, and the source line, which hides secrets, shows it. */
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
  const notInQuotes = quotesHint(text, error)
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
      return unclosed(text, from) ?? wrongIndent(text, error) ?? missing(error)
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        sentence: 'a value that holds ": " must stand in quotes, and a block begins on a line of its own',
        range: tokenAt(text, from),
      }
    case 'BLOCK_IN_FLOW':
      return { sentence: 'inside { } and [ ], entries are separated by commas, and no block can begin' }
    case 'BAD_SCALAR_START':
      return { sentence: `a text that begins with ${text[from]} must stand in quotes`, range: tokenAt(text, from) }
    case 'BAD_DQ_ESCAPE':
      return {
        sentence: `${error.message.replace('Invalid escape sequence', 'there is no escape')} in double quotes`,
        hint: 'write \\\\ for a backslash, or use single quotes',
      }
    case 'TAG_RESOLVE_FAILED':
      return { sentence: 'a tag has no meaning here; a text that begins with ! must stand in quotes' }
    case 'UNEXPECTED_TOKEN':
      return { sentence: 'this is not expected here', range: tokenAt(text, from) }
    default:
      return { sentence: inSentence(error.message) }
  }
}

/** `{ port: ${PORT} }` and `address: [::1]:80`: the brackets in them are taken for lists and blocks. */
function quotesHint(text: string, { code, pos: [at] }: YAMLError): Explanation | undefined {
  if (code !== 'UNEXPECTED_TOKEN' && code !== 'MISSING_CHAR') return undefined
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  const line = text.slice(lineStart, endOfLine(text, at))
  for (const { 0: token, index } of line.matchAll(/\$\{[^{}\n]*\}|\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]:\d+/g)) {
    const from = lineStart + index
    const isAtError = from < at && at <= from + token.length
    if (!isAtError || /["']/.test(text.charAt(from - 1))) continue
    const shown = token.startsWith('$') ? shownReference(token) : token
    return {
      sentence: `${shown} must stand in quotes${token.startsWith('$') ? ' inside { } and [ ]' : ''}`,
      ...(shown === token ? { hint: `write "${token}"` } : {}),
      range: { from, to: from + token.length },
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

function wrongIndent(text: string, { code, message, pos: [at] }: YAMLError): Explanation | undefined {
  if (code !== 'BAD_INDENT') return undefined
  if (message.startsWith('Flow end')) return { sentence: 'the closing bracket must be indented further than its key' }
  const indent = /^ */.exec(text.slice(at, endOfLine(text, at)))?.[0].length ?? 0
  return { sentence: 'this line is not indented like the lines it belongs to', range: tokenAt(text, at + indent) }
}

function missing({ message }: YAMLError): Explanation {
  if (/implicit map keys/i.test(message)) {
    return { sentence: 'this is no "key: value": a key ends with a colon and a space', expected: 'key: value' }
  }
  if (/Missing ,/.test(message)) return { sentence: 'a comma is missing before this', expected: ',' }
  return { sentence: inSentence(message) }
}

/** The library's own words, for what is too rare to need better ones. */
function inSentence(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

function tokenAt(text: string, from: number): Range {
  const length = /^[^\s,\]}]*/.exec(text.slice(from, endOfLine(text, from)))?.[0].length ?? 1
  return { from, to: from + Math.max(1, length) }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}
