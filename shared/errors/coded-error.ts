import type { ErrorCode } from './catalogue.ts'

/**
 * A failure that the user can look up: `code` stands in the catalogue, the message says where, what was
 * expected, what was found and what to do. Thrown only at the edge; the core returns failures as values.
 */
export class CodedError extends Error {
  override readonly name = 'CodedError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
