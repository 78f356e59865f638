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
