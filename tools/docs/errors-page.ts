/** `errors.md`: every error code with what it means and what to do, from the catalogue. */
import type { ErrorEntry } from '@podmates/shared/errors/catalogue.ts'

const ranges = [
  { prefix: 'PM0', title: 'Configuration', about: 'The sidecar does not start: exit code 1, before anything listens.' },
  { prefix: 'PM1', title: 'Start and stop', about: 'A part of the sidecar could not come up or go down as it should.' },
  { prefix: 'PM2', title: 'Traffic', about: 'Requests, metrics and log lines on their way.' },
  { prefix: 'PM3', title: 'Publishing and reloading', about: 'A new configuration of the app did not arrive.' },
  { prefix: 'PM4', title: 'Waiting, migrating, preparing', about: 'The Pod could not get ready for its app.' },
] as const

/** Renders the page. Each code is a heading of its own, so that `errors.md#pm0107` is a link. */
export function errorsPage(catalogue: Readonly<Record<string, ErrorEntry>>): string {
  const codes = Object.keys(catalogue).sort()
  const sections = ranges.flatMap(({ prefix, title, about }) => {
    const ours = codes.filter((code) => code.startsWith(prefix))
    if (ours.length === 0) return []
    return [`## ${prefix}xxx: ${title}`, about, ...ours.map((code) => errorEntry(code, catalogue[code]))]
  })
  return `${[intro, ...sections].join('\n\n')}\n`
}

const intro = `# Errors

<!-- Written by \`npm run docs\` from shared/errors; changes here are lost. -->

Every error has a code that keeps its meaning for ever. The same text comes offline from \`podmate explain CODE\`.`

function errorEntry(code: string, entry: ErrorEntry | undefined): string {
  if (entry === undefined) return ''
  return `### ${code}\n\n**${capital(entry.title)}.** ${entry.why}\n\nWhat to do: ${entry.remedy}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
