import { expect, it } from 'vitest'
import { startUpstream, type TestUpstream } from '../testdata/test-upstream.ts'

const outlier = { intervalMs: 10_000, maxEjected: 0.5, baseMs: 30_000 }

/** 200 attempts at each endpoint; at the first `bad` of them three of four fail, never 5 in a row. */
function traffic({ upstream, take }: TestUpstream, bad: number): void {
  upstream.endpoints.forEach((endpoint, place) => {
    const others = upstream.endpoints.filter((each) => each !== endpoint)
    for (let time = 0; time < 200; time += 1) {
      const lease = take({ tried: others })
      if (lease.endpoint === endpoint) lease.answered(place < bad && time % 4 > 0 ? 500 : 200, 5, undefined)
      lease.release()
    }
  })
}

it('ejects an endpoint that fails more than the others, and lets it return by one probe', async () => {
  const test = await startUpstream(8, { outlier })
  traffic(test, 1)
  await test.clock.advance(9999)
  expect(test.at(0).state).toBe('healthy')
  await test.clock.advance(1)
  expect(test.at(0).state).toBe('ejected')
  expect(test.upstream.facts).toMatchObject({ ejected: 1, healthy: 7 })
  await test.clock.advance(30_000)
  expect(test.at(0).state).toBe('half_open')
  expect(test.upstream.facts.ejected).toBe(0)
  const probe = test.take()
  expect(probe.endpoint).toBe(test.at(0))
  probe.answered(200, 1, undefined)
  expect(test.at(0).state).toBe('healthy')
  await test.upstream.stop()
  expect(test.clock.pending()).toBe(0)
})

it.each([404, 429])('ejects none for answering %i, which is about the request or the load', async (status) => {
  const test = await startUpstream(8, { outlier })
  test.upstream.endpoints.forEach((endpoint, place) => {
    const others = test.upstream.endpoints.filter((each) => each !== endpoint)
    for (let time = 0; time < 300; time += 1) {
      test.answer(place === 0 && time % 2 === 0 ? status : 200, { tried: others })
    }
  })
  await test.clock.advance(10_000)
  expect(test.upstream.facts.ejected).toBe(0)
})

it('ejects again after one has returned: the count is exact', async () => {
  const test = await startUpstream(8, { outlier: { ...outlier, maxEjected: 0.125 } })
  for (let round = 0; round < 3; round += 1) {
    traffic(test, 1)
    await test.clock.advance(10_000)
    expect(test.upstream.facts.ejected).toBe(1)
    while (test.at(0).state === 'ejected') await test.clock.advance(1000)
    test.take().answered(200, 1, undefined)
    expect(test.upstream.facts).toMatchObject({ ejected: 0, healthy: 8 })
  }
})

it('ejects no more at once than it may', async () => {
  const test = await startUpstream(16, { outlier: { ...outlier, maxEjected: 0.1 } })
  traffic(test, 2)
  await test.clock.advance(10_000)
  expect(test.upstream.facts.ejected).toBe(1)
})

it('is longer out the second time, unless it has been good for a while', async () => {
  const test = await startUpstream(8, { outlier })
  const msOut = async (): Promise<number> => {
    traffic(test, 1)
    while (test.at(0).state !== 'ejected') await test.clock.advance(1000)
    const fromMs = test.clock.now()
    while (test.at(0).state === 'ejected') await test.clock.advance(500)
    test.take().answered(200, 1, undefined)
    return test.clock.now() - fromMs
  }
  expect(await msOut()).toBeLessThanOrEqual(30_000)
  const second = await msOut()
  expect(second).toBeGreaterThan(53_000)
  expect(second).toBeLessThanOrEqual(60_000)
  await test.clock.advance(60_000)
  expect(await msOut()).toBeLessThanOrEqual(30_000)
})
