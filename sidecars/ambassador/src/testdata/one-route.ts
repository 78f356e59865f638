/** One listener, one route, one upstream, in this process: what tests of a request's life start from. */
import type { FakeClock } from '@podmates/shared/testing/fake-clock.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { expect } from 'vitest'
import { type DataPath, startDataPath } from './data-path.ts'
import { type RawBackend, startRawBackend } from './raw-backend.ts'

/** A request without a body. */
export const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** A request that must not be processed twice. */
export const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'

/** What differs from the defaults. */
export interface Keys {
  /** Of the route, as YAML in one line. */
  readonly route?: string
  /** Of the upstream, as YAML in one line; without a balancer the endpoints are taken in turn. */
  readonly upstream?: string
  /** Beside `listeners` and `upstreams`, as YAML in one line. */
  readonly top?: string
}

/**
 * The listener is called `app`, and so is the upstream. Comparisons of endpoints are off, which would need a timer.
 * At its end it must hold nothing any more: no place, no kept body, and no timer of a fake clock.
 */
export async function startOneRoute(
  endpoints: readonly string[],
  clock?: Clock,
  { route = '', upstream = '', top = '' }: Keys = {},
): Promise<DataPath> {
  const balancer = upstream.includes('balancer') ? '' : 'balancer: round-robin, '
  const timersBefore = timersOf(clock)
  const path = await startDataPath(
    `
listeners: { app: { address: "127.0.0.1:0", routes: [{ upstream: app, ${route} }] } }
upstreams: { app: { endpoints: ${JSON.stringify(endpoints)}, ${balancer}outlier: off, ${upstream} } }
${top}
`,
    clock,
  )
  const dispose = async () => {
    await path.stop()
    const held = {
      places: await path.metric('upstream_attempts{upstream="app"}'),
      waiting: await path.metric('upstream_queue{upstream="app"}'),
      bodyBytes: await path.metric('replay_bytes'),
      timers: Math.max(0, timersOf(clock) - timersBefore),
    }
    expect(held, 'what is held at the end').toEqual({ places: 0, waiting: 0, bodyBytes: 0, timers: 0 })
  }
  return { ...path, [Symbol.asyncDispose]: dispose }
}

function timersOf(clock: Clock | FakeClock | undefined): number {
  return clock !== undefined && 'pending' in clock ? clock.pending() : 0
}

/** A whole answer. @param fields lines, each with its CRLF */
export function answer(status: number, body: string, fields = ''): string {
  return `HTTP/1.1 ${status} Any\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`
}

/** An address that refuses connections: it was a backend's until a moment ago. */
export async function refusingAddress(): Promise<string> {
  await using backend = await startRawBackend()
  return backend.address
}

/** What the ambassador's own answer tells. */
export function problemOf(text: string): unknown {
  return JSON.parse(text.split('\r\n\r\n')[1] ?? '')
}

/** Resolves when it is so; time stands still meanwhile. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

/** Resolves when so many requests have arrived there. */
export function arrived(backend: RawBackend, requests: number): Promise<void> {
  return until(() => backend.heads.length >= requests)
}

/** Lets time pass, a millisecond at a time, until the promise is settled. */
export async function whilePassing<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const settled = promise.finally(() => {
    isSettled = true
  })
  while (!isSettled) await clock.advance(1)
  return settled
}
