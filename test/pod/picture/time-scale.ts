/**
 * Where on the picture a moment stands. A Pod starts in seconds, runs for hours and ends in seconds: a linear axis would
 * show the running. So the time is cut into stretches where something happens, each with a linear axis of its own that
 * is as wide as it has things to show, and between two of them a break.
 */

export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  readonly left: number
  readonly right: number
  /** The time on its axis: since the Pod's begin, or since its end began. */
  readonly counts: 'sinceBegin' | 'sinceEnd'
}

export interface Break {
  readonly fromMs: number
  readonly toMs: number
  readonly left: number
  readonly right: number
}

export interface TimeScale {
  readonly stretches: readonly Stretch[]
  readonly breaks: readonly Break[]
  /** @param atMs 0..the last moment; others stand at the edge */
  xOf(atMs: number): number
}

export interface Tick {
  readonly x: number
  readonly label: string
}

const breakWidth = 66
const stretchWidthMin = 60
const quietShareMin = 0.15
const quietMsMin = 3000
/** More would leave the stretches no room. */
const breaksMax = 3
/** How much of a quiet time still belongs to the stretch before it, so that its last state can be seen. */
const runOutMs = 700
const tickWidthMin = 42

/**
 * @param moments when something happened, ms, in any order
 * @param endBeginsMs when the Pod's termination began: a stretch of its own, counted from there
 */
export function timeScale(
  moments: readonly number[],
  endBeginsMs: number | undefined,
  left: number,
  right: number,
): TimeScale {
  const cut = cutAtQuiet(moments, endBeginsMs)
  const breakCount = cut.filter(({ isAfterBreak }) => isAfterBreak).length
  const roomForAll = right - left - breakCount * breakWidth
  const spare = roomForAll - cut.length * stretchWidthMin
  const weights = cut.map(({ count }) => count)
  const allWeight = weights.reduce((sum, weight) => sum + weight, 0)
  const stretches: Stretch[] = []
  const breaks: Break[] = []
  let x = left
  for (const [at, { fromMs, toMs, isAfterBreak }] of cut.entries()) {
    const before = stretches.at(-1)
    if (isAfterBreak && before !== undefined) {
      breaks.push({ fromMs: before.toMs, toMs: fromMs, left: x, right: x + breakWidth })
      x += breakWidth
    }
    const width = stretchWidthMin + (spare * (weights[at] ?? 1)) / allWeight
    const counts = fromMs === endBeginsMs ? 'sinceEnd' : (before?.counts ?? 'sinceBegin')
    stretches.push({ fromMs, toMs, left: x, right: x + width, counts })
    x += width
  }
  return { stretches, breaks, xOf: (atMs) => place(atMs, [...stretches, ...breaks], left, right) }
}

/** Ticks at round times, far enough apart for their labels. @param zeroMs what the labels of the end count from */
export function ticksOf(stretch: Stretch, zeroMs: number): Tick[] {
  const { fromMs, toMs, left, right, counts } = stretch
  const offsetMs = counts === 'sinceEnd' ? zeroMs : 0
  const stepMs = roundUp((tickWidthMin * (toMs - fromMs)) / (right - left))
  const ticks: Tick[] = []
  for (let atMs = Math.ceil((fromMs - offsetMs) / stepMs) * stepMs; atMs + offsetMs <= toMs; atMs += stepMs) {
    const x = left + ((atMs + offsetMs - fromMs) / (toMs - fromMs)) * (right - left)
    ticks.push({ x, label: `${counts === 'sinceEnd' ? '+' : ''}${Number((atMs / 1000).toFixed(3))} s` })
  }
  return ticks
}

interface Cut {
  readonly fromMs: number
  readonly toMs: number
  readonly count: number
  readonly isAfterBreak: boolean
}

function cutAtQuiet(moments: readonly number[], endBeginsMs: number | undefined): Cut[] {
  const times = [...new Set([0, ...moments])].sort((a, b) => a - b)
  const lastMs = Math.max(1, times.at(-1) ?? 1)
  const gaps = times.map((atMs, at) => atMs - (times[at - 1] ?? 0)).sort((a, b) => b - a)
  const quietMs = Math.max(quietMsMin, lastMs * quietShareMin, gaps[breaksMax] ?? 0)
  const cuts: Cut[] = []
  let open = { fromMs: 0, count: 1, isAfterBreak: false }
  for (const [at, atMs] of times.entries()) {
    const beforeMs = times[at - 1] ?? 0
    const isQuiet = atMs - beforeMs > quietMs
    if (at > 0 && (isQuiet || atMs === endBeginsMs)) {
      cuts.push({ ...open, toMs: isQuiet ? beforeMs + runOutMs : atMs })
      open = { fromMs: isQuiet && atMs !== endBeginsMs ? atMs - runOutMs : atMs, count: 0, isAfterBreak: isQuiet }
    }
    open = { ...open, count: open.count + 1 }
  }
  return [...cuts, { ...open, toMs: Math.max(lastMs, open.fromMs + 1) }]
}

function place(atMs: number, parts: readonly (Stretch | Break)[], left: number, right: number): number {
  const part = parts.find(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs)
  if (part === undefined) return atMs <= 0 ? left : right
  return part.left + ((atMs - part.fromMs) / (part.toMs - part.fromMs)) * (part.right - part.left)
}

/** The next of 1, 2, 5, 10, 20, 50 .. ms. */
function roundUp(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms))
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= ms) ?? 10 * power
}
