/**
 * A timeline as text that a person can read: one line per container, its life as a bar and the times of its last
 * run in seconds, never wider than 100 columns.
 */
import { styleText } from 'node:util'
import type { ContainerEntry, Timeline, TimelineEntry } from './timeline.ts'

export interface ChartOptions {
  readonly colour?: boolean
}

const nameColumnsMax = 16
const barColumns = 30
const timeColumns = 8

const legend = '. waits  - starts  = ready  p preStop  ~ after its stop signal  x killed  2x restarted twice'

/** @returns lines without a line end at the last */
export function drawChart(timeline: Timeline, { colour = false }: ChartOptions = {}): string {
  const totalMs = Math.max(1, timeline.entries.at(-1)?.atMs ?? 1)
  const nameColumns = Math.min(nameColumnsMax, Math.max(4, ...timeline.containers.map(({ name }) => name.length)))
  const paint = colour ? paintCell : plainCell
  const rows = timeline.containers.map(({ name }) => {
    const own = timeline.entries.filter((entry) => isOf(entry, name))
    return `${fit(name, nameColumns)} ${drawBar(own, totalMs, paint)} ${drawFacts(own, paint)}`
  })
  const scale = `0 s${seconds(totalMs).padStart(barColumns - 5)} s`
  const head = ['start', 'ready', 'preStop', 'stop', 'exit', 'code'].map((title) => title.padStart(timeColumns))
  return [
    `${timeline.pod}, ${timeline.driver} driver`,
    outcomeOf(timeline.entries),
    `${' '.repeat(nameColumns)} ${scale} ${head.join('')}`,
    ...rows.map((row) => row.trimEnd()),
    legend,
  ].join('\n')
}

const isOf = (entry: TimelineEntry, name: string): entry is ContainerEntry =>
  'container' in entry && entry.container === name

function outcomeOf(entries: readonly TimelineEntry[]): string {
  const phase = entries.findLast((entry) => entry.what === 'phase')
  const ending = entries.findLast((entry) => entry.what === 'terminating')
  const ended = entries.find((entry) => entry.what === 'ended')
  const name = phase?.what === 'phase' ? phase.phase : 'Pending'
  if (ending?.what !== 'terminating') return name
  const told = `${ending.reason} at ${seconds(ending.atMs)} s with ${ending.graceMs / 1000} s of grace`
  return `${name} (${told}, ${ended === undefined ? 'not over yet' : `over at ${seconds(ended.atMs)} s`})`
}

type Style = 'green' | 'yellow' | 'red' | 'dim'
type Paint = (style: Style, text: string) => string

const paintCell: Paint = (style, text) => styleText(style, text, { validateStream: false })
const plainCell: Paint = (_style, text) => text

const cellStyles: Readonly<Record<string, Style>> = {
  '.': 'dim',
  '-': 'yellow',
  '=': 'green',
  p: 'yellow',
  '~': 'yellow',
  x: 'red',
}

/** Each cell shows what the container did at its end of the cell's time; moments win over states. */
function drawBar(own: readonly ContainerEntry[], totalMs: number, paint: Paint): string {
  const cells = Array.from({ length: barColumns }, (_, at) => {
    const fromMs = (at * totalMs) / barColumns
    const toMs = ((at + 1) * totalMs) / barColumns
    const within = own.filter(({ atMs }) => atMs >= fromMs && (atMs < toMs || toMs === totalMs))
    if (within.some(({ what }) => what === 'killed')) return 'x'
    if (within.some(({ what }) => what === 'preStop')) return 'p'
    return stateAfter(
      own.filter(({ atMs }) => atMs < toMs || toMs === totalMs),
      within,
    )
  })
  return cells.map((cell) => paint(cellStyles[cell] ?? 'dim', cell)).join('')
}

/** One that started and ended within the cell still shows there. */
function stateAfter(past: readonly ContainerEntry[], within: readonly ContainerEntry[]): string {
  let cell = '.'
  for (const entry of past) cell = cellAfter(cell, entry)
  if (cell !== ' ') return cell
  return within.some(({ what }) => what === 'started') ? '=' : cell
}

function cellAfter(cell: string, { what }: ContainerEntry): string {
  switch (what) {
    case 'starting':
    case 'running':
    case 'notReady':
      return '-'
    case 'started':
    case 'ready':
      return '='
    case 'stopSignal':
      return '~'
    case 'exited':
      return ' '
    case 'startFailed':
    case 'backOff':
      return '.'
    default:
      return cell
  }
}

/** The times of the last run, its exit code, and how often it was restarted. */
function drawFacts(own: readonly ContainerEntry[], paint: Paint): string {
  const run = own.at(-1)?.run ?? 0
  const last = own.filter((entry) => entry.run === run)
  const first = (what: ContainerEntry['what']): ContainerEntry | undefined => last.find((entry) => entry.what === what)
  const moments = [
    first('starting'),
    first('ready') ?? first('started'),
    first('preStop'),
    first('stopSignal'),
    first('exited'),
  ]
  const times = moments.map((entry) => (entry === undefined ? '' : seconds(entry.atMs)).padStart(timeColumns))
  const exited = first('exited')
  const code = exited?.what === 'exited' ? String(exited.exitCode) : ''
  const isFine = code === '0' || code === ''
  return `${times.join('')}${paint(isFine ? 'dim' : 'red', code.padStart(timeColumns))}${run === 0 ? '' : ` ${run}x`}`
}

function fit(name: string, columns: number): string {
  return name.length > columns ? `${name.slice(0, columns - 1)}~` : name.padEnd(columns)
}

/** Two decimals, unless the Pod lived so long that nobody wants them. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 1_000_000 ? 2 : 0)
}
