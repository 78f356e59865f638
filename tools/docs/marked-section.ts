/** Text between two markers in a document that people write: the markers stay, what is between them is generated. */

const mark = (name: string, edge: 'begin' | 'end'): string => `<!-- ${name}:${edge} -->`

/**
 * Replaces what stands between `<!-- name:begin -->` and `<!-- name:end -->`.
 * @returns undefined when the two markers are not there, in this order, once each
 */
export function replaceSection(document: string, name: string, content: string): string | undefined {
  const begin = mark(name, 'begin')
  const end = mark(name, 'end')
  const [before, ...afterBegin] = document.split(begin)
  const [, ...afterEnd] = (afterBegin[0] ?? '').split(end)
  if (afterBegin.length !== 1 || afterEnd.length !== 1) return undefined
  return `${before}${begin}\n\n${content.trim()}\n\n${end}${afterEnd[0]}`
}
