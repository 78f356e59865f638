/** The times under the rows, the line where the end begins, and how much time each break leaves out. */
import type { Timeline } from '../timeline/timeline.ts'
import { barHeight, podMiddle } from './look.ts'
import { element, tenths, text } from './svg.ts'
import { type Tick, type TimeScale, ticksOf } from './time-scale.ts'
import { reasonWords } from './words.ts'

const top = podMiddle + barHeight / 2 + 6
const labelWidth = 38
const centred = { class: 'small faint', 'text-anchor': 'middle' }

/** @param bottom where the last row ends */
export function axis({ entries }: Timeline, scale: TimeScale, bottom: number): string {
  const ending = entries.find((entry) => entry.what === 'terminating')
  const ticks = scale.stretches.flatMap((stretch) => ticksOf(stretch, ending?.atMs ?? 0)).filter(hasRoom)
  return [
    ...ticks.map(({ x, label }) => upright(x, top, bottom, 'grid-line hair') + text(x, bottom + 17, label, centred)),
    ...scale.breaks.map(({ fromMs, toMs, left, right }) => {
      const place = { x: left + 4, y: top, width: right - left - 8, height: bottom - top, rx: 3, class: 'grid' }
      const leftOut = text((left + right) / 2, top + 14, `${Math.round((toMs - fromMs) / 1000)} s more`, centred)
      return element('rect', place) + leftOut
    }),
    ...(ending?.what === 'terminating' ? [endLine(scale.xOf(ending.atMs), reasonWords[ending.reason], bottom)] : []),
  ].join('')
}

/** Where two stretches meet, the first label of the later one stays. */
const hasRoom = ({ x }: Tick, at: number, ticks: readonly Tick[]): boolean =>
  (ticks[at + 1]?.x ?? Number.POSITIVE_INFINITY) - x >= labelWidth

function endLine(x: number, reason: string, bottom: number): string {
  const from = podMiddle - barHeight / 2 - 4
  return upright(x, from, bottom, 'faint-line hair dashed') + text(x, from - 5, reason, centred)
}

function upright(x: number, from: number, to: number, classes: string): string {
  return element('path', { d: `M${tenths(x)} ${tenths(from)}V${tenths(to)}`, class: classes })
}
