/** The shapes of a picture: the bar of what a container does, and the marks of what happened to it. */
import type { Role } from '../manifest/pod-manifest.ts'
import type { Doing, Moment } from './lives.ts'
import { barHeight } from './look.ts'
import { element, tenths } from './svg.ts'

/** @param middle y of its middle. Hollow, pale, full and striped: no state is told by colour alone. */
export function bar(doing: Doing, role: Role, left: number, right: number, middle: number): string {
  const place = { x: left, y: middle - barHeight / 2, width: Math.max(1.5, right - left), height: barHeight, rx: 2.5 }
  switch (doing) {
    case 'starts': {
      const inner = {
        x: left + 0.75,
        y: place.y + 0.75,
        width: Math.max(0.5, place.width - 1.5),
        height: barHeight - 1.5,
      }
      return element('rect', { ...place, class: 'paper' }) + element('rect', { ...inner, rx: 2, class: `${role}-line` })
    }
    case 'up':
      return element('rect', { ...place, class: 'paper' }) + element('rect', { ...place, class: role, opacity: 0.45 })
    case 'ready':
      return element('rect', { ...place, class: role })
    case 'ends':
      return element('rect', { ...place, class: role }) + element('rect', { ...place, fill: 'url(#ends)' })
  }
}

export function mark(what: Moment['what'], at: number, middle: number): string {
  const x = Number(tenths(at))
  const top = middle - barHeight / 2
  switch (what) {
    case 'preStop':
      return path(`M${x} ${middle - 6.5}l6.5 6.5-6.5 6.5-6.5-6.5Z`, 'ink paper-line')
    case 'stopSignal':
      return path(`M${x - 5.5} ${top - 5}h11l-5.5 8.5Z`, 'ink paper-line')
    case 'killed':
      return path(cross(x, middle, 6), 'paper-line', 6) + path(cross(x, middle, 6), 'alarm-line', 3)
    case 'failed':
      return path(cross(x, middle, 4), 'paper-line', 4.5) + path(cross(x, middle, 4), 'alarm-line', 2)
    case 'startFailed':
      return element('circle', { cx: x, cy: middle, r: 5, class: 'paper alarm-line', style: 'stroke-width:2' })
    case 'probeFailed':
      return path(`M${x} ${top + barHeight + 2}v5`, 'alarm-line', 2)
  }
}

const cross = (x: number, y: number, half: number): string =>
  `M${x - half} ${y - half}l${half * 2} ${half * 2}m${-half * 2} 0l${half * 2} ${-half * 2}`

function path(d: string, classes: string, strokeWidth?: number): string {
  return element('path', {
    d,
    class: classes,
    ...(strokeWidth !== undefined && { style: `stroke-width:${strokeWidth}` }),
  })
}
