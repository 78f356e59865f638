/**
 * A timeline as a picture for a page: one row per container with its bar, the order in which they waited for each other,
 * the marks of the end, and the grace budget. One SVG file, without scripts or outside fonts, for light and dark, 720 wide.
 */
import type { Timeline } from '../timeline/timeline.ts'
import { axis } from './axis.ts'
import { endGates, startGates } from './gates.ts'
import { gauge } from './gauge.ts'
import { graceBudget } from './grace.ts'
import { legend } from './legend.ts'
import { gateLine, lifeRow } from './life-row.ts'
import { livesOf } from './lives.ts'
import { barsLeft, barsRight, definitions, margin, middleOf, podMiddle, width } from './look.ts'
import { podRow } from './pod-row.ts'
import { element, escapeXml, text } from './svg.ts'
import { timeScale } from './time-scale.ts'
import { description, heading, subheading } from './words.ts'

/** @returns a whole SVG document, ending with a line end */
export function drawPicture(timeline: Timeline): string {
  const lives = livesOf(timeline)
  const grace = graceBudget(timeline, lives)
  const gates = [...startGates(lives), ...endGates(lives)]
  const endBeginsMs = timeline.entries.find(({ what }) => what === 'terminating')?.atMs
  const moments = timeline.entries.map(({ atMs }) => atMs)
  const scale = timeScale(moments, endBeginsMs, barsLeft, barsRight)

  const rowsBottom = middleOf(lives.length - 0.5)
  const graceTop = rowsBottom + 36
  const legendTop = graceTop + (grace === undefined ? 0 : 48)
  const explained = legend(lives, gates.length, legendTop)
  const height = legendTop + explained.height + 14

  const parts = [
    element('title', { id: 'title' }, [escapeXml(heading(timeline))]),
    element('desc', { id: 'desc' }, [escapeXml(description(lives, grace))]),
    definitions(),
    element('rect', { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8, class: 'paper edge-line hair' }),
    text(margin, 36, heading(timeline), { class: 'title ink' }),
    text(margin, 56, subheading(timeline), { class: 'faint' }),
    axis(timeline, scale, rowsBottom),
    text(margin, podMiddle + 5, 'Pod', { class: 'name ink' }),
    podRow(timeline, scale, podMiddle),
    ...gates.map((gate) => gateLine(gate, scale)),
    ...lives.map((life, row) => lifeRow(life, scale, middleOf(row))),
    ...(grace === undefined ? [] : [gauge(grace, graceTop)]),
    explained.markup,
  ]
  const root = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height }
  return `${element('svg', { ...root, role: 'img', 'aria-labelledby': 'title desc' }, ['\n', parts.join('\n'), '\n'])}\n`
}
