/** The HTTP statuses that mean ready: `200`, `200-299`, `200-299,404`. */

/** Statuses from one to another, 100..599. */
export interface StatusRange {
  readonly from: number
  /** Inclusive. */
  readonly to: number
}

/**
 * Reads a list of statuses and ranges.
 * @returns undefined unless every status is 100..599 and every range ascends. Never throws.
 */
export function parseStatusRanges(text: string): readonly StatusRange[] | undefined {
  const ranges = text.split(',').map((part) => {
    const [, from, to = from] = /^\s*([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?\s*$/.exec(part) ?? []
    return { from: Number(from), to: Number(to) }
  })
  return ranges.every(({ from, to }) => from <= to) ? ranges : undefined
}

/** Writes ranges in the form that `parseStatusRanges` reads. */
export function formatStatusRanges(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

/** Whether one of the ranges holds the status. */
export function isInRanges(status: number, ranges: readonly StatusRange[]): boolean {
  return ranges.some(({ from, to }) => status >= from && status <= to)
}
