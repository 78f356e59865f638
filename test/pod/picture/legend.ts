/** What the shapes mean: only those that the picture shows, in lines that wrap. */
import type { Life } from './lives.ts'
import { margin, width } from './look.ts'
import { bar, mark } from './marks.ts'
import { element, text } from './svg.ts'

type Symbol =
  | 'starts'
  | 'up'
  | 'ready'
  | 'ends'
  | 'preStop'
  | 'stopSignal'
  | 'killed'
  | 'failed'
  | 'probeFailed'
  | 'startFailed'
  | 'gate'

const meanings: Readonly<Record<Symbol, string>> = {
  starts: 'starts',
  up: 'not ready yet',
  ready: 'works',
  ends: 'ends',
  gate: 'waited for',
  preStop: 'preStop hook',
  stopSignal: 'stop signal',
  killed: 'SIGKILL',
  failed: 'exit code not 0',
  probeFailed: 'probe failed',
  startFailed: 'could not be started',
}

const lineHeight = 20
const characterWidth = 5.7

/** @returns the markup, and how high it is */
export function legend(
  lives: readonly Life[],
  gateCount: number,
  top: number,
): { readonly markup: string; readonly height: number } {
  const used = new Set<Symbol>(
    lives.flatMap(({ spans, moments }) => [...spans.map(({ doing }) => doing), ...moments.map(({ what }) => what)]),
  )
  if (gateCount > 0) used.add('gate')
  let x = margin
  let middle = top + lineHeight / 2
  const entries = (Object.keys(meanings) as Symbol[])
    .filter((symbol) => used.has(symbol))
    .map((symbol) => {
      const entryWidth = 26 + meanings[symbol].length * characterWidth + 14
      if (x + entryWidth > width - margin) {
        x = margin
        middle += lineHeight
      }
      const drawn = draw(symbol, x, middle) + text(x + 26, middle + 4, meanings[symbol], { class: 'small faint' })
      x += entryWidth
      return drawn
    })
  return { markup: entries.join(''), height: middle + lineHeight / 2 - top }
}

function draw(symbol: Symbol, x: number, middle: number): string {
  switch (symbol) {
    case 'starts':
    case 'up':
    case 'ready':
    case 'ends':
      return element('g', { transform: `translate(${x} ${middle}) scale(1 .7)` }, [bar(symbol, 'sidecar', 0, 18, 0)])
    case 'gate':
      return element('path', {
        d: `M${x + 2} ${middle - 6}v6h14`,
        class: 'faint-line hair',
        'marker-end': 'url(#arrow)',
      })
    case 'stopSignal':
      return mark(symbol, x + 10, middle + 9)
    case 'probeFailed':
      return mark(symbol, x + 10, middle - 13)
    default:
      return mark(symbol, x + 10, middle)
  }
}
