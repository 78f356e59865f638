/**
 * How many different members a set has had, in 4 KiB at most (HyperLogLog, Flajolet et al. 2007): exact for
 * small sets, within about 2 % for large ones. A StatsD set may see every user id there is; keeping them all
 * would be a leak.
 */

export interface DistinctCount {
  add(member: string): void
  /** The number of different members so far. */
  count(): number
}

const registerBits = 12
const registers = 2 ** registerBits

/** Up to here the hashes themselves are kept, and the count is exact but for collisions of 32 bits. */
const exactMax = 512

/** The constant for 4096 registers (alpha m). */
const bias = 0.7213 / (1 + 1.079 / registers)

export function createDistinctCount(): DistinctCount {
  let exact: Set<number> | undefined = new Set()
  let ranks = new Uint8Array(0)

  function addRank(hash: number): void {
    const index = hash >>> (32 - registerBits)
    const rank = Math.clz32(hash << registerBits) + 1
    if (rank > (ranks[index] ?? 0)) ranks[index] = rank
  }

  return {
    add(member) {
      const hash = hashOf(member)
      if (exact === undefined) return addRank(hash)
      exact.add(hash)
      if (exact.size <= exactMax) return
      ranks = new Uint8Array(registers)
      for (const known of exact) addRank(known)
      exact = undefined
    },
    count: () => (exact === undefined ? estimate(ranks) : exact.size),
  }
}

function estimate(ranks: Uint8Array): number {
  let sum = 0
  let empty = 0
  for (const rank of ranks) {
    sum += 2 ** -rank
    if (rank === 0) empty += 1
  }
  const raw = (bias * registers * registers) / sum
  // Few members leave registers empty, and counting those is more exact (linear counting).
  return Math.round(raw <= 2.5 * registers && empty > 0 ? registers * Math.log(registers / empty) : raw)
}

/** FNV-1a, then the finish of MurmurHash3, without which similar members would fall into few registers. */
function hashOf(member: string): number {
  let hash = 0x811c9dc5 | 0
  for (let at = 0; at < member.length; at += 1) hash = Math.imul(hash ^ member.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}
