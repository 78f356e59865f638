/** How a picture looks: its measures, its colours in light and dark, and the patterns that say the same without colour. */
import { element } from './svg.ts'

export const width = 720
export const margin = 24
/** Where the bars begin and end. */
export const barsLeft = 150
export const barsRight = 626
const rowHeight = 46
export const barHeight = 16
/** The middle of the Pod's own row, and where the containers' rows begin. */
export const podMiddle = 98
const rowsTop = 126

/** @param row from 0 */
export const middleOf = (row: number): number => rowsTop + (row + 0.5) * rowHeight

/** Of the light scheme, then of the dark one; texts have a contrast of at least 4.5 to the paper in both. */
const colours = {
  paper: ['#ffffff', '#0d1117'],
  edge: ['#d1d9e0', '#30363d'],
  ink: ['#1f2328', '#e6edf3'],
  faint: ['#59636e', '#9198a1'],
  grid: ['#eaeef2', '#1c2129'],
  init: ['#8250df', '#a371f7'],
  sidecar: ['#0b7a75', '#2bb3a8'],
  app: ['#0969da', '#4493f8'],
  alarm: ['#cf222e', '#ff7b72'],
} as const

type Colour = keyof typeof colours

/** One class for each colour that paints what has it, and one that strokes. */
function colourRules(scheme: 0 | 1): string {
  return (Object.keys(colours) as Colour[])
    .map((name) => `.${name}{fill:${colours[name][scheme]}}.${name}-line{stroke:${colours[name][scheme]}}`)
    .join('')
}

const fonts = 'ui-sans-serif,system-ui,-apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif'

/** Style and patterns; an image has no scripts and no fonts from outside. */
export function definitions(): string {
  const style = [
    `text{font:12px ${fonts};font-variant-numeric:tabular-nums}`,
    '.title{font-size:17px;font-weight:600}.name{font-size:13px;font-weight:600}.small{font-size:11px}.strong{font-weight:600}',
    '[class*=-line]{fill:none;stroke-width:1.5}.hair{stroke-width:1}.dashed{stroke-dasharray:2 3}',
    colourRules(0),
    `@media (prefers-color-scheme:dark){${colourRules(1)}}`,
  ]
  return element('style', {}, style) + element('defs', {}, [stripes, arrow])
}

/** Lies over a bar: the container has its stop signal and is ending. */
const stripes = element(
  'pattern',
  { id: 'ends', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
  [element('rect', { width: 3, height: 6, class: 'paper', opacity: 0.62 })],
)

const arrow = element(
  'marker',
  { id: 'arrow', viewBox: '0 0 6 6', refX: 5, refY: 3, markerWidth: 6, markerHeight: 6, orient: 'auto' },
  [element('path', { d: 'M0 0 6 3 0 6Z', class: 'faint' })],
)
