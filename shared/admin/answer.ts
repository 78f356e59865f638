/** What the admin server answers: a few lines of text, or a problem as RFC 9457 describes it. */
import { type ErrorCode, errorCatalogue } from '../errors/catalogue.ts'

/** An answer before it is sent. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** Beside those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One line of plain text. */
export function textAnswer(status: number, line: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n` }
}

/** A JSON value on one line. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` }
}

/** A refusal, before it is known how it is sent. */
export interface Refusal {
  readonly status: number
  readonly code: ErrorCode
  /** What was found in this request, and what to do. */
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal as `application/problem+json`: title from the catalogue, detail from this request. */
export function problemAnswer({ status, code, detail, headers }: Refusal): Answer {
  const problem = { type: `urn:podmates:${code}`, title: errorCatalogue[code].title, status, code, detail }
  return {
    status,
    contentType: 'application/problem+json',
    body: `${JSON.stringify(problem)}\n`,
    ...(headers && { headers }),
  }
}
