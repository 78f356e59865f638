/** How often a route that hedges by a quantile does so, when it is left to itself. */
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { seededRandom } from '@podmates/shared/world/random.ts'
import { expect, it } from 'vitest'
import { answer, get, startOneRoute, until, whilePassing } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient } from '../testdata/raw-client.ts'

it('stays at one in twenty with p95: slow answers that a hedge overtook count as slow', async () => {
  const clock = fakeClock()
  const random = seededRandom(7)
  // A long tail (Pareto): half take up to 10 ms, one in twenty more than 100 ms, and a hedge nearly always wins.
  const answersAfterAWhile = () =>
    startRawBackend((_head, socket) => {
      clock.after(Math.min(1000, 5 / (1 - random.next())), () => socket.write(answer(200, 'ok')))
      return undefined
    })
  await using one = await answersAfterAWhile()
  await using two = await answersAfterAWhile()
  await using path = await startOneRoute([one.address, two.address], clock, {
    route: 'hedge: { after: p95 }',
    upstream: 'budget: { ratio: 1, window: 5m }',
  })
  await using client = await openRawClient(path.port('app'))
  const requests = 600
  for (let sent = 1; sent <= requests; sent += 1) {
    client.write(get)
    const length = sent * answer(200, 'ok').length
    await whilePassing(
      clock,
      until(() => client.received().length >= length),
    )
  }
  const hedges = one.heads.length + two.heads.length - requests
  expect(hedges).toBeGreaterThan(requests * 0.03)
  expect(hedges).toBeLessThan(requests * 0.07)
  // For the timers of answers that nobody waits for any more.
  await clock.advance(1000)
})
