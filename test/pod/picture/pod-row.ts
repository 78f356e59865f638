/** The row of the Pod itself: its phase, from when it was ready, and from when it was ending. */
import type { Timeline, TimelineEntry } from '../timeline/timeline.ts'
import { barHeight } from './look.ts'
import { element, text } from './svg.ts'
import type { TimeScale } from './time-scale.ts'

interface PodState {
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
}

const characterWidth = 6.3

export function podRow({ entries }: Timeline, scale: TimeScale, middle: number): string {
  return podStates(entries)
    .map(({ name, fromMs, toMs }) => {
      const left = scale.xOf(fromMs) + 1
      const width = Math.max(1, scale.xOf(toMs) - 1 - left)
      const fits = name.length * characterWidth + 6 <= width
      const place = { x: left, y: middle - barHeight / 2, width, height: barHeight + 2, rx: 3 }
      const label = fits
        ? text(left + width / 2, middle + 5, name, { class: 'small ink', 'text-anchor': 'middle' })
        : ''
      return element('rect', { ...place, class: 'grid' }) + label
    })
    .join('')
}

/** What `kubectl get pods` would tell, in turn. */
export function podStates(entries: readonly TimelineEntry[]): PodState[] {
  const states: PodState[] = []
  let name = 'Pending'
  let fromMs = 0
  let phase = 'Pending'
  for (const entry of entries) {
    if (entry.what === 'phase') phase = entry.phase
    const next = stateAfter(name, phase, entry)
    if (next === name) continue
    if (entry.atMs > fromMs) states.push({ name, fromMs, toMs: entry.atMs })
    name = next
    fromMs = entry.atMs
  }
  const endMs = entries.at(-1)?.atMs ?? 0
  return endMs > fromMs ? [...states, { name, fromMs, toMs: endMs }] : states
}

function stateAfter(name: string, phase: string, entry: TimelineEntry): string {
  if (name === 'Terminating') return name
  switch (entry.what) {
    case 'terminating':
      return 'Terminating'
    case 'podReady':
      return 'Ready'
    case 'podNotReady':
      return phase
    case 'phase':
      return name === 'Ready' && phase === 'Running' ? name : phase
    default:
      return name
  }
}
