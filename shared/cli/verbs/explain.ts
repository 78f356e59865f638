/** `podmate explain PM0107`: what a code means and what to do, without a network. */
import { type ErrorEntry, errorCatalogue } from '../../errors/catalogue.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = async ({ operands, options, terminal }) => {
  const [word = ''] = operands
  const code = normalised(word)
  const entry = (errorCatalogue as Readonly<Record<string, ErrorEntry>>)[code]
  if (entry === undefined) {
    terminal.err(
      `podmate: PM1021 there is no code ${code}; codes look like PM0107 and stand in errors, logs and answers`,
    )
    return 1
  }
  terminal.out(options.output === 'json' ? JSON.stringify({ code, ...entry }) : explained(code, entry))
  return 0
}

/** `pm107` and `107` mean PM0107. */
function normalised(word: string): string {
  const digits = /^(?:PM)?(\d{1,4})$/i.exec(word)?.[1]
  return digits === undefined ? word : `PM${digits.padStart(4, '0')}`
}

function explained(code: string, { title, why, remedy }: ErrorEntry): string {
  return `${code} ${title}\n\nWhy    ${why}\nDo     ${remedy}`
}
