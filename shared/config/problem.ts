/** One thing that is wrong with a configuration, with everything a reader needs to mend it. */
import type { ErrorCode } from '../errors/catalogue.ts'
import { formatPath } from './config-tree.ts'
import type { Finding, Range } from './finding.ts'
import { guessedSecrets, type IsSecretKey } from './guessed-secrets.ts'
import { redactRanges, urlSecrets } from './redaction.ts'
import type { Source } from './source.ts'

/** What `check` prints for one mistake, and what `-o json` holds. */
export interface Problem {
  readonly code: ErrorCode
  /** As the user named it. */
  readonly file: string
  /** 1-based; 0 when there is no file to point into. */
  readonly line: number
  /** 1-based, in UTF-16 units; 0 when there is no file to point into. */
  readonly column: number
  /** `upstreams.inventory.retires`, `routes[2].timeout`; empty for the file as a whole. */
  readonly path: string
  /** The whole sentence, path included. */
  readonly message: string
  readonly expected?: string
  /** What stood there, never a secret. */
  readonly found?: string
  /** What to write instead, only when that is certain: `did you mean "retries"?` */
  readonly hint?: string
  /** The source line as it may be shown, and where its mark stands; for the problems that are shown. */
  readonly source?: SourceLine
}

/** The line with the mistake, made safe to print: no secret, no control character, 120 columns at most. */
export interface SourceLine {
  readonly text: string
  /** 0-based place of the mark in `text`. */
  readonly markFrom: number
  /** At least 1. */
  readonly markLength: number
}

/** What may not be shown of a source. */
export interface Secrets {
  readonly known: readonly Range[]
  /** What did not become a part of the tree: the whole of a broken file. There, names have to tell. */
  readonly unread: readonly Range[]
  readonly isSecretKey: IsSecretKey
}

/** Gives a finding its line and column, and with `secrets` its source line. */
export function createProblem(source: Source, finding: Finding, secrets?: Secrets): Problem {
  const { code, path, sentence, expected, found, hint, range } = finding
  const { line, column } = source.place(range?.from ?? 0)
  return {
    code,
    file: source.file,
    line,
    column,
    path: formatPath(path),
    message: sentence,
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(hint === undefined ? {} : { hint }),
    ...(range === undefined || secrets === undefined || source.text === ''
      ? {}
      : { source: sourceLine(source, range, secrets) }),
  }
}

/** A problem of a file that cannot be opened. */
export function problemOfFile(file: string, finding: Omit<Finding, 'range' | 'path'>): Problem {
  const { sentence, ...rest } = finding
  return { ...rest, file, line: 0, column: 0, path: '', message: sentence }
}

function sourceLine(source: Source, range: Range, secrets: Secrets): SourceLine {
  const from = Math.max(0, Math.min(range.from, source.text.length))
  const line = source.lineAround(from)
  const raw = source.text.slice(line.from, line.to)
  const isUnread = secrets.unread.some((each) => each.from <= line.to && each.to >= line.from)
  const guessed = isUnread ? guessedSecrets(source.text, line, secrets.isSecretKey) : []
  const relative = [...secrets.known, ...guessed].map(({ from, to }) => ({
    from: from - line.from,
    to: to - line.from,
  }))
  const { text, moved } = redactRanges(raw, [...relative, ...urlSecrets(raw)])
  const markFrom = moved(from - line.from, 'start')
  const markTo = moved(Math.min(range.to, line.to) - line.from, 'end')
  return clipped({ text: visible(text), markFrom, markLength: Math.max(1, markTo - markFrom) })
}

/** One unit for each unit: a control character in a file must not steer the terminal. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it replaces.
  return text.replace(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g, '\u00B7')
}

/** Longer lines are cut around the mark, so that the mark stays below what it marks. */
const lineWidthMax = 120

function clipped({ text, markFrom, markLength }: SourceLine): SourceLine {
  if (text.length <= lineWidthMax) return { text, markFrom, markLength }
  const start = Math.max(0, Math.min(markFrom - 40, text.length - lineWidthMax))
  const end = Math.min(text.length, start + lineWidthMax)
  const before = start === 0 ? '' : '...'
  const after = end === text.length ? '' : '...'
  const from = markFrom - start + before.length
  return {
    text: before + text.slice(start, end) + after,
    markFrom: from,
    markLength: Math.max(1, Math.min(markLength, before.length + end - start - from)),
  }
}
