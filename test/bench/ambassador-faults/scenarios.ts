/** What goes wrong, and what is asked of a proxy meanwhile. */
import { setTimeout as delay } from 'node:timers/promises'
import { type LoadResult, openLoop } from '../ambassador/load.ts'
import { type Endpoint, stock } from './endpoints.ts'

export interface FaultFigures {
  readonly requests: number
  /** Answered with 200. */
  readonly good: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  /** Requests that reached the endpoints for each one that a client made. */
  readonly amplification: number
}

export interface Scenario {
  readonly name: string
  /** For the table. */
  readonly title: string
  /** Of the load, requests per second. */
  readonly rate: number
  /** Sets the fault up; what it does beside the load, and has done by its end, is in `during`. */
  begin(endpoints: readonly Endpoint[]): Promise<void>
  during?(endpoints: readonly Endpoint[], seconds: number): Promise<void>
}

/** A real service: 5 ms, and one in a hundred takes four times as long. */
const usual = { latency: { kind: 'long-tail', median: '5ms', p99: '20ms' } }

export const scenarios: readonly Scenario[] = [
  {
    name: 'slow',
    title: '1 of 5 endpoints takes 1 s',
    rate: 400,
    begin: ([first, ...others]) =>
      behave([first?.behave({ latency: { kind: 'fixed', value: '1s' } }), ...others.map((each) => each.behave(usual))]),
  },
  {
    name: 'failing',
    title: '1 of 5 endpoints fails half the time',
    rate: 400,
    begin: ([first, ...others]) =>
      behave([first?.behave({ ...usual, faults: halfFails }), ...others.map((each) => each.behave(usual))]),
  },
  {
    name: 'outage',
    title: 'all endpoints answer 503',
    rate: 400,
    begin: (endpoints) =>
      behave(endpoints.map((each) => each.behave({ ...usual, faults: [{ kind: 'status', code: 503, ratio: 1 }] }))),
  },
  {
    name: 'restart',
    title: 'one endpoint after the other is restarted',
    rate: 400,
    begin: (endpoints) => behave(endpoints.map((each) => each.behave({}))),
    during: async (endpoints, seconds) => {
      for (const endpoint of endpoints) {
        await endpoint.restart()
        await delay((seconds * 1000) / endpoints.length / 2)
      }
    },
  },
]

const halfFails = [
  { kind: 'status', code: 503, ratio: 0.3 },
  { kind: 'reset-before-head', ratio: 0.2 },
]

const behave = async (calls: readonly (Promise<void> | undefined)[]): Promise<void> => {
  await Promise.all(calls)
}

/** How long a proxy may take to learn of the fault before what clients see is counted. */
const warmupSeconds = 2

export async function run(
  scenario: Scenario,
  port: number,
  endpoints: readonly Endpoint[],
  seconds: number,
): Promise<FaultFigures> {
  await scenario.begin(endpoints)
  const before = await receivedBy(endpoints)
  const load = openLoop({ port, workload: stock, rate: scenario.rate, connections: 512, seconds, warmupSeconds })
  const [result] = await Promise.all([load, scenario.during?.(endpoints, seconds)])
  const received = (await receivedBy(endpoints)) - before
  return figuresOf(result, received / (scenario.rate * (seconds + warmupSeconds)))
}

async function receivedBy(endpoints: readonly Endpoint[]): Promise<number> {
  const counts = await Promise.all(endpoints.map((endpoint) => endpoint.received(`GET ${stock}`)))
  return counts.reduce((sum, count) => sum + count, 0)
}

function figuresOf({ requests, errors, statuses, latencyUs }: LoadResult, amplification: number): FaultFigures {
  return {
    requests: requests + errors,
    good: statuses['200'] ?? 0,
    p50Ms: (latencyUs?.p50 ?? Number.NaN) / 1000,
    p99Ms: (latencyUs?.p99 ?? Number.NaN) / 1000,
    p999Ms: (latencyUs?.p999 ?? Number.NaN) / 1000,
    amplification,
  }
}
