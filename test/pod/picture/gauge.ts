/** Draws the grace budget: a bar of its whole length, filled by those who used it. */
import type { GraceBudget } from './grace.ts'
import { barHeight, barsLeft, barsRight, margin } from './look.ts'
import { element, text } from './svg.ts'
import { graceWords } from './words.ts'

/** Room for the words behind the filled part. */
const wordsWidth = 190

export function gauge(grace: GraceBudget, top: number): string {
  const perMs = (barsRight - barsLeft) / grace.budgetMs
  const middle = top + barHeight / 2
  const usedX = barsLeft + Math.min(grace.usedMs, grace.budgetMs) * perMs
  const fits = usedX + wordsWidth < barsRight
  const isOver = grace.usedMs > grace.budgetMs
  return [
    text(margin, middle - 1, 'grace period', { class: 'name ink' }),
    text(margin, middle + 13, 'one for the whole Pod', { class: 'small faint' }),
    element('rect', { x: barsLeft, y: top, width: barsRight - barsLeft, height: barHeight, rx: 3, class: 'grid' }),
    ...grace.shares.map(({ role, fromMs, toMs }) => {
      const used = Math.max(1, (toMs - fromMs) * perMs - 1)
      return element('rect', { x: barsLeft + fromMs * perMs, y: top, width: used, height: barHeight, class: role })
    }),
    text(fits ? usedX + 8 : barsRight, fits ? middle + 4 : top + barHeight + 14, graceWords(grace), {
      class: `small ${isOver ? 'alarm' : 'ink'}`,
      ...(!fits && { 'text-anchor': 'end' }),
    }),
  ].join('')
}
