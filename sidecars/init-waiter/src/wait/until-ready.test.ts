import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import type { Attempt } from './attempt.ts'
import { untilReady, type WaitEnd } from './until-ready.ts'

const ready: Attempt = { outcome: 'ready' }
const refused: Attempt = { outcome: 'not ready', reason: 'refused' }

/** A wait on a fake clock with the longest jitter; attempt n answers `answers[n]`, the last one for ever. */
function newWait(answers: readonly (Attempt | 'silence')[], successes = 1) {
  const clock = fakeClock()
  const over = new AbortController()
  const atMs: number[] = []
  let ended: WaitEnd | undefined
  const attempt = (signal: AbortSignal): Promise<Attempt> => {
    const answer = answers[Math.min(atMs.length, answers.length - 1)] ?? refused
    atMs.push(clock.now())
    if (answer !== 'silence') return Promise.resolve(answer)
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ outcome: 'not ready', reason: signal.reason.message }))
    })
  }
  const seen: string[] = []
  const done = untilReady({ successes, tryTimeoutMs: 5000 }, over.signal, {
    clock,
    random: { next: () => 1 },
    attempt,
    onAttempt: ({ outcome }, tries) => seen.push(`${tries} ${outcome}`),
  }).then((end) => {
    ended = end
  })
  return { clock, over, atMs, seen, done, ended: () => ended }
}

it('is ready at the first try that finds the target ready', async () => {
  const wait = newWait([refused, refused, ready])
  await wait.clock.advance(10_000)
  expect(wait.ended()).toEqual({ end: 'ready', tries: 3 })
  expect(wait.atMs).toEqual([0, 500, 1250])
  expect(wait.seen).toEqual(['1 not ready', '2 not ready', '3 ready'])
  expect(wait.clock.pending()).toBe(0)
})

it('tries again and again, at most 5 s apart, for as long as nobody aborts', async () => {
  const wait = newWait([refused])
  await wait.clock.advance(3_600_000)
  const gapsMs = wait.atMs.slice(1).map((ms, index) => ms - (wait.atMs[index] ?? 0))
  expect(gapsMs.slice(0, 4)).toEqual([500, 750, 1125, 1687.5])
  expect(Math.max(...gapsMs)).toBe(5000)
  expect(wait.ended()).toBeUndefined()
})

describe('with several successes wanted', () => {
  it('is ready only after that many tries in a row, 500 ms apart', async () => {
    const wait = newWait([ready, ready, ready], 3)
    await wait.clock.advance(10_000)
    expect(wait.atMs).toEqual([0, 500, 1000])
    expect(wait.ended()).toEqual({ end: 'ready', tries: 3 })
  })

  it('waits as briefly after the first miss that follows a success as after the very first', async () => {
    const wait = newWait([refused, refused, refused, ready, refused, ready, ready], 2)
    await wait.clock.advance(10_000)
    const gapsMs = wait.atMs.slice(1).map((ms, index) => ms - (wait.atMs[index] ?? 0))
    expect(gapsMs).toEqual([500, 750, 1125, 500, 500, 500])
  })

  it('begins to count anew after a miss', async () => {
    const wait = newWait([ready, refused, ready, ready], 2)
    await wait.clock.advance(10_000)
    expect(wait.seen).toEqual(['1 ready', '2 not ready', '3 ready', '4 ready'])
  })
})

it('gives up a try that does not answer within 5 s, and tries again', async () => {
  const wait = newWait(['silence', ready])
  await wait.clock.advance(4999)
  expect(wait.seen).toEqual([])
  await wait.clock.advance(1 + 500)
  expect(wait.seen).toEqual(['1 not ready', '2 ready'])
})

it('ends at once when the target is hopeless', async () => {
  const wait = newWait([{ outcome: 'hopeless', reason: 'no such file' }])
  await wait.clock.advance(0)
  expect(wait.ended()).toEqual({ end: 'hopeless', tries: 1, lastError: 'no such file' })
})

describe('when aborted', () => {
  it('in the middle of a try, keeps the error of the try before it', async () => {
    const wait = newWait([refused, 'silence'])
    await wait.clock.advance(600)
    wait.over.abort(new Error('time is over'))
    await wait.done
    expect(wait.ended()).toEqual({ end: 'aborted', tries: 2, lastError: 'refused' })
    expect(wait.clock.pending()).toBe(0)
  })

  it('between two tries, does not wait for the next one', async () => {
    const wait = newWait([refused])
    await wait.clock.advance(100)
    wait.over.abort()
    await wait.done
    expect(wait.ended()).toEqual({ end: 'aborted', tries: 1, lastError: 'refused' })
    expect(wait.clock.pending()).toBe(0)
  })

  it('says that nothing answered when the first try was still open', async () => {
    const wait = newWait(['silence'])
    await wait.clock.advance(100)
    wait.over.abort()
    await wait.done
    expect(wait.ended()).toMatchObject({ end: 'aborted', lastError: 'no answer' })
  })
})
