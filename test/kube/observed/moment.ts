/** The API tells whole seconds; what else was seen of the same moment says when within that second. */

/**
 * @param second RFC 3339, without fraction
 * @param hints in order of trust, ms since the epoch
 * @returns the first hint that lies within the second, otherwise the beginning of the second
 */
export function momentWithin(second: string, hints: readonly (number | undefined)[]): number {
  const fromMs = Date.parse(second)
  return hints.find((hint) => hint !== undefined && hint >= fromMs && hint < fromMs + 1000) ?? fromMs
}

/**
 * For what is told within milliseconds: at the border of a second it is seen in the next one.
 * @param seenMs not before the moment
 */
export function atLatestIn(second: string, seenMs: number): number {
  const fromMs = Date.parse(second)
  return Math.max(fromMs, Math.min(seenMs, fromMs + 999))
}
