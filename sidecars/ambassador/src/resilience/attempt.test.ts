import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import type { ClientConnection } from '../http1/client-connection.ts'
import type { ResponseEvents } from '../http1/response-events.ts'
import type { Lease } from '../upstream/lease.ts'
import { type AnswerSink, Attempt, type AttemptOwner } from './attempt.ts'

/** An attempt whose connection comes up when the test says so. @returns with the time that was left then */
function attemptOf(perTryMs: number | undefined, whenReady: (attempt: Attempt) => void = () => undefined) {
  const clock = fakeClock()
  const connection = { uses: 0, close: () => undefined } as unknown as ClientConnection
  let events: ResponseEvents | undefined
  const lease = {
    startedMs: clock.now(),
    connect: (given: ResponseEvents) => {
      events = given
      return connection
    },
  } as unknown as Lease
  const left: number[] = []
  const attemptReady = (attempt: Attempt): void => {
    whenReady(attempt)
    left.push(attempt.leftMs)
  }
  const record = { endpoint: '10.0.0.1:80', reused: false, ms: 0 }
  const owner = { attemptReady } as AttemptOwner
  const attempt = new Attempt(lease, { record, perTryMs, onOver: undefined }, { owner, sink: {} as AnswerSink }, clock)
  attempt.begin('fresh')
  return { clock, left, connected: () => events?.upstreamReady(connection) }
}

describe('the time that an attempt has left when its connection is up', () => {
  it('is what connecting has left of it', async () => {
    const { clock, left, connected } = attemptOf(400)
    await clock.advance(150)
    connected()
    expect(left).toEqual([250])
  })

  it('is all of it while the client still sends, for it begins anew when the request is whole', async () => {
    const { clock, left, connected } = attemptOf(400, (attempt) => attempt.stopTime())
    await clock.advance(150)
    connected()
    expect(left).toEqual([400])
  })

  it('has no limit of its own without perTry', async () => {
    const { clock, left, connected } = attemptOf(undefined)
    await clock.advance(150)
    connected()
    expect(left).toEqual([Number.POSITIVE_INFINITY])
  })
})
