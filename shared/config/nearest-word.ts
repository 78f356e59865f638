/**
 * "Did you mean": the one allowed word that is near enough to be certain. Near is one slip of the keyboard in a
 * short word, two in a longer one, or another way to write the same (`max-ejected` for `maxEjected`). Where two
 * words are equally near, nothing is offered: a wrong hint is worse than none.
 */

/** The nearest allowed word; undefined when none is near or several are. */
export function nearestWord(word: string, allowed: readonly string[]): string | undefined {
  const same = allowed.filter((each) => each !== word && plain(each) === plain(word))
  if (same.length > 0) return same.length === 1 ? same[0] : undefined
  const slips = slipsAllowed(word)
  const near = allowed
    .map((each) => ({ each, distance: editDistance(word.toLowerCase(), each.toLowerCase(), slips) }))
    .filter(({ each, distance }) => distance <= Math.min(slips, slipsAllowed(each)))
  const least = Math.min(...near.map(({ distance }) => distance))
  const best = near.filter(({ distance }) => distance === least)
  return best.length === 1 ? best[0]?.each : undefined
}

/** A hint for a message, or nothing to spread into it. */
export function suggestion(word: string, allowed: readonly string[]): { readonly hint?: string } {
  const nearest = nearestWord(word, allowed)
  return nearest === undefined ? {} : { hint: `did you mean "${nearest}"?` }
}

/** Words of one or two letters are near to everything; longer than this no key is. */
function slipsAllowed(word: string): number {
  if (word.length <= 2 || word.length > 64) return 0
  return word.length <= 5 ? 1 : 2
}

function plain(word: string): string {
  return word.replace(/[-_. ]/g, '').toLowerCase()
}

/**
 * How many letters must be inserted, deleted, replaced or swapped with their neighbour (optimal string alignment).
 * @param limit distances above it are given as `limit + 1`
 */
export function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (isSame ? 0 : 1),
          isSwap ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    beforeLast = last
    last = current
  }
  return Math.min(last[to.length] ?? 0, limit + 1)
}
