/** The figures of the proxy bench as tables of a README. */
import { describeMachine } from '../machine.ts'
import { type CostFigures, type Goal, goalsOf, type ProxyFigures } from './figures.ts'

/** All tables, in Markdown. */
export function readmeSection(figures: ProxyFigures): string {
  return [costTable(figures), latencyTable(figures), footprintTable(figures), conditions(figures)].join('\n\n')
}

function costTable({ cost, versions }: ProxyFigures): string {
  const names = [...new Set(cost.map((each) => each.proxy))]
  const tasks = [...new Set(cost.map((each) => each.workload))]
  const cell = (proxy: string, workload: string): string => {
    const found = cost.find((each) => each.proxy === proxy && each.workload === workload)
    return found === undefined ? '' : costCell(found, cost)
  }
  return table(
    ['us of processor time per request (against haproxy), requests/s', ...tasks.map(titleOf)],
    names.map((proxy) => [
      [proxy, versions[proxy]].filter(Boolean).join(' '),
      ...tasks.map((task) => cell(proxy, task)),
    ]),
  )
}

function costCell({ proxy, workload, cpuUs, requestsPerSecond }: CostFigures, all: readonly CostFigures[]): string {
  const perSecond = `${requestsPerSecond.toFixed(0)}/s`
  if (proxy === 'direct') return perSecond
  const reference = all.find((each) => each.proxy === 'haproxy' && each.workload === workload)
  const ratio = reference === undefined ? '' : ` (${(cpuUs / reference.cpuUs).toFixed(2)}x)`
  return `${cpuUs.toFixed(1)}${ratio}, ${perSecond}`
}

const titles: Readonly<Record<string, string>> = {
  get: 'small GET',
  '1k': '1 KiB answer',
  '64k': '64 KiB answer',
  post: 'POST of 1 KiB',
}
const titleOf = (workload: string): string => titles[workload] ?? workload

function latencyTable({ latency }: ProxyFigures): string {
  const rate = latency[0]?.rate ?? 0
  const us = (value: number): string => value.toFixed(0)
  return table(
    [`at ${rate} requests/s, us`, 'p50', 'p99', 'added p50', 'added p99'],
    latency.map(({ proxy, p50Us, p99Us, addedP50Us, addedP99Us }) => {
      const added = proxy === 'direct' ? ['', ''] : [us(addedP50Us), us(addedP99Us)]
      return [proxy, us(p50Us), us(p99Us), ...added]
    }),
  )
}

function footprintTable({ footprint }: ProxyFigures): string {
  const size = ({ privateBytes, residentBytes }: { privateBytes: number; residentBytes: number }): string =>
    `${(privateBytes / 1e6).toFixed(1)} (${(residentBytes / 1e6).toFixed(0)})`
  const held = `${footprint[0]?.connections ?? 0} idle connections`
  return table(
    ['private (resident) memory, MB', 'idle', held, 'after the load', 'first answer after'],
    footprint.map(({ proxy, startMs, idle, withConnections, afterLoad }) => [
      proxy,
      size(idle),
      size(withConnections),
      size(afterLoad),
      `${startMs.toFixed(0)} ms`,
    ]),
  )
}

function conditions({ machine, run, logged, cost, latency }: ProxyFigures): string {
  const errors = [...cost, ...latency].reduce((sum, each) => sum + each.errors, 0)
  const written = logged.map(({ proxy, requests, lines }) => `${proxy} ${((100 * lines) / requests).toFixed(1)} %`)
  return [
    `${run.connections} connections, ${run.rounds} rounds of ${run.seconds} s, medians; ${errors} failed requests. Lines in the access log, of all requests: ${written.join(', ')}.`,
    describeMachine(machine),
  ].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** One line for each goal: what was found, and whether that is good. */
export function goalLines(figures: ProxyFigures): string[] {
  return goalsOf(figures).map((goal) => `${goal.what}: ${goal.found.toFixed(2)}${goal.unit}, ${verdict(goal)}`)
}

function verdict({ found, goal, limit, unit }: Goal): string {
  if (found <= goal) return `within the goal of ${goal}${unit}`
  return found <= limit ? `beyond the goal of ${goal}${unit}, within ${limit}${unit}` : `NOT within ${limit}${unit}`
}
