/**
 * How long good answers took of late: when a hedge is worth it, and whether a retry could still be in time.
 *
 * A histogram whose cells grow with the value, 32 to each doubling (HdrHistogram's layout): a quantile is at most
 * 1/64 from the true one, or 1/32 ms where that is more. Memory is fixed, some 18 KB.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'

export interface LatencyWindow {
  /** @param ms 0 or more; above 17 minutes it counts as that */
  record(ms: number): void
  /**
   * @param share above 0 and below 1, for example 0.95
   * @returns ms that this share of answers did not exceed; undefined while there are fewer answers than 20, or than
   * 1 / (1 - share): the p99 of twenty would only be the slowest of them
   */
  quantile(share: number): number | undefined
}

/** Values are held as whole sixteenths of a millisecond. */
const unitsPerMs = 16

/** 2^5 cells to each doubling, which is a group. */
const cellBits = 5
const cellsPerGroup = 1 << cellBits

/** 2^24 sixteenths of a millisecond: 17 minutes. */
const valueBits = 24
const largest = 2 ** valueBits - 1

/** Group 0 holds 0..31, each in a cell of its own; group g the values of g + 5 bits. */
const groups = valueBits - cellBits + 1
const cells = groups * cellsPerGroup

/** Old answers go by the slice, so the window is between 25 and 30 s long. */
const slices = 6
const sliceMs = 5000

const answersMin = 20

const roundingError = 1e-9

export function latencyWindow(clock: Pick<Clock, 'now'>): LatencyWindow {
  const bySlice = Array.from({ length: slices }, () => new Uint32Array(cells))
  const byCell = new Uint32Array(cells)
  // A quantile looks through some 50 counts, and not through 640.
  const byGroup = new Uint32Array(groups)
  let count = 0
  let newest = 0

  return {
    record(ms) {
      moveOn()
      const cell = cellOf(Math.min(largest, Math.round(ms * unitsPerMs)))
      add(bySlice[newest % slices], cell, 1)
      add(byCell, cell, 1)
      add(byGroup, cell >>> cellBits, 1)
      count += 1
    },
    quantile(share) {
      moveOn()
      if (count < answersMin || count * (1 - share) < 1 - roundingError) return undefined
      return middleOf(cellOfRank(Math.ceil(share * count - roundingError))) / unitsPerMs
    },
  }

  /** Forgets what has left the window. */
  function moveOn(): void {
    const slice = Math.floor(clock.now() / sliceMs)
    for (let step = Math.min(slice - newest, slices); step > 0; step -= 1) forget(bySlice[(slice - step + 1) % slices])
    newest = slice
  }

  function forget(slice: Uint32Array | undefined): void {
    slice?.forEach((old, cell) => {
      if (old === 0) return
      add(byCell, cell, -old)
      add(byGroup, cell >>> cellBits, -old)
      count -= old
    })
    slice?.fill(0)
  }

  /** @param rank 1 for the fastest answer, `count` for the slowest */
  function cellOfRank(rank: number): number {
    let left = rank
    let group = 0
    for (; left > (byGroup[group] ?? left); group += 1) left -= byGroup[group] ?? 0
    let cell = group << cellBits
    for (; left > (byCell[cell] ?? left); cell += 1) left -= byCell[cell] ?? 0
    return cell
  }
}

function add(counts: Uint32Array | undefined, at: number, change: number): void {
  if (counts !== undefined) counts[at] = (counts[at] ?? 0) + change
}

/** The group, and in it the five bits behind the leading one. */
function cellOf(value: number): number {
  const group = Math.max(0, 32 - Math.clz32(value) - cellBits)
  return group === 0 ? value : (group << cellBits) + (value >>> (group - 1)) - cellsPerGroup
}

/** Of the values that share a cell. */
function middleOf(cell: number): number {
  const group = cell >>> cellBits
  if (group === 0) return cell
  const width = 2 ** (group - 1)
  return ((cell & (cellsPerGroup - 1)) + cellsPerGroup) * width + (width - 1) / 2
}
