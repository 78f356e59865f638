/** The row of one container, and the line of a gate between two rows. */
import type { Gate } from './gates.ts'
import type { Life } from './lives.ts'
import { barHeight, barsLeft, margin, middleOf, width } from './look.ts'
import { bar, mark } from './marks.ts'
import { element, tenths, text } from './svg.ts'
import type { TimeScale } from './time-scale.ts'
import { roleNames, shortName } from './words.ts'

export function lifeRow(life: Life, scale: TimeScale, middle: number): string {
  const { name, role, spans, moments } = life
  const waitedUntil = tenths(scale.xOf(life.startingMs ?? Number.POSITIVE_INFINITY))
  return [
    text(margin, middle - 1, shortName(name), { class: `name ${role}` }),
    text(margin, middle + 13, roleNames[role], { class: 'small faint' }),
    element('path', { d: `M${barsLeft} ${middle}H${waitedUntil}`, class: 'edge-line dashed' }),
    ...spans.map(({ doing, fromMs, toMs }) => bar(doing, role, scale.xOf(fromMs), scale.xOf(toMs), middle)),
    ...moments.map(({ what, atMs }) => mark(what, scale.xOf(atMs), middle)),
    outcome(life, middle),
  ].join('')
}

function outcome({ exited, restarts }: Life, middle: number): string {
  const right = { 'text-anchor': 'end' }
  const tone = exited?.exitCode === 0 ? 'faint' : 'alarm strong'
  const restartWords = restarts === 1 ? '1 restart' : `${restarts} restarts`
  return [
    ...(exited
      ? [text(width - margin, middle + (restarts > 0 ? -1 : 4), `exit ${exited.exitCode}`, { class: tone, ...right })]
      : []),
    ...(restarts > 0 ? [text(width - margin, middle + 13, restartWords, { class: 'small faint', ...right })] : []),
  ].join('')
}

/** From the bar that opened it, down to the row that may begin, or up to the one that may end. */
export function gateLine({ from, to, openedMs, passedMs }: Gate, scale: TimeScale): string {
  const x = scale.xOf(openedMs)
  const half = barHeight / 2
  const way =
    to > from
      ? `${middleOf(from) + half + 1}V${middleOf(to)}H${tenths(Math.max(scale.xOf(passedMs), x + 5))}`
      : `${middleOf(from) - half - 1}V${middleOf(to) + half + 1}`
  return element('path', { d: `M${tenths(x)} ${way}`, class: 'faint-line hair', 'marker-end': 'url(#arrow)' })
}
