import { seededRandom } from '@podmates/shared/world/random.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Generation, generationOf } from '../publish/generation.ts'
import {
  type Answer,
  type Delivery,
  type DeliveryEvent,
  type DeliveryRules,
  isAcknowledged,
  type Notice,
  newDelivery,
  quarantinedMax,
  step,
  type Work,
} from './delivery.ts'

const generation = (text: string): Generation => generationOf(new Map([['app.yaml', Buffer.from(text)]]))
const [a, b, c] = ['a', 'b', 'c'].map(generation) as [Generation, Generation, Generation]

const rules: DeliveryRules = { notifies: true, verifies: true, withinMs: 10_000, onFailure: 'rollback' }
const yes: Answer = { answer: 'yes' }
const no: Answer = { answer: 'no', reason: 'answered 422' }
const refused: Notice = { answer: 'refused', reason: 'answered 422: unknown key' }
const unreached: Answer = { answer: 'unreached', reason: 'ECONNREFUSED' }

const offered = (generation: Generation): DeliveryEvent => ({ event: 'offered', generation })
const written: DeliveryEvent = { event: 'written' }
const writeFailed: DeliveryEvent = { event: 'write-failed', reason: 'no space left' }
const notified = (notice: Notice): DeliveryEvent => ({ event: 'notified', notice })
const verified = (answer: Answer): DeliveryEvent => ({ event: 'verified', answer })
const woke: DeliveryEvent = { event: 'woke' }
const died: DeliveryEvent = { event: 'notified', notice: { answer: 'died', reason: 'ended after SIGHUP' } }

/** Walks through events at one moment; full back-off, so that every wait has a length. */
function walk(
  from: Delivery,
  events: readonly DeliveryEvent[],
  more: Partial<DeliveryRules> = {},
  nowMs = 0,
): Delivery {
  const world = { nowMs, random: { next: () => 0.999 } }
  return events.reduce((delivery, event) => step(delivery, event, { ...rules, ...more }, world), from)
}

const fresh = newDelivery(undefined)
const acknowledgedA = walk(fresh, [offered(a), written, notified(yes), verified(yes)])

/** The stage, and what it is about: `publishing a`, `waiting for notifying`. */
function describeWork(work: Work): string {
  if (work.state === 'publishing') return `publishing ${textOf(work.generation)}`
  if (work.state === 'waiting') return `waiting for ${work.resume.state}`
  return work.state
}

const textOf = (generation: Generation | undefined): string | undefined => generation?.files.get('app.yaml')?.toString()

describe('the way of a generation', () => {
  it('leads through publishing, notifying and verifying to acknowledged', () => {
    const seen: string[] = []
    let delivery = fresh
    for (const event of [offered(a), written, notified(yes), verified(yes)]) {
      delivery = walk(delivery, [event])
      seen.push(describeWork(delivery.work))
    }
    expect(seen).toEqual(['publishing a', 'notifying', 'verifying', 'idle'])
    expect(isAcknowledged(delivery)).toBe(true)
  })

  it.each([
    { when: 'nobody is told and nobody asked', more: { notifies: false, verifies: false }, events: [written] },
    { when: 'the app is only told', more: { verifies: false }, events: [written, notified(yes)] },
    { when: 'the app is only asked', more: { notifies: false }, events: [written, verified(yes)] },
  ])('ends acknowledged when $when', ({ more, events }) => {
    const delivery = walk(fresh, [offered(a), ...events], more)
    expect(delivery.work.state).toBe('idle')
    expect(isAcknowledged(delivery)).toBe(true)
  })

  it('asks before telling when the generation was on the disk already', () => {
    const delivery = walk(newDelivery(a), [offered(a)])
    expect(delivery.work.state).toBe('verifying')
    expect(isAcknowledged(walk(delivery, [verified(yes)]))).toBe(true)
    expect(walk(delivery, [verified(no)]).work.state).toBe('notifying')
  })

  it('does nothing when the source comes back to what is published and acknowledged', () => {
    expect(walk(acknowledgedA, [offered(a)])).toEqual(acknowledgedA)
  })
})

describe('a newer generation', () => {
  it('waits for the write in progress and is written next, without telling of the older', () => {
    const delivery = walk(fresh, [offered(a), offered(b)])
    expect(describeWork(delivery.work)).toBe('publishing a')
    expect(describeWork(walk(delivery, [written]).work)).toBe('publishing b')
  })

  it('replaces the one that waits', () => {
    expect(describeWork(walk(fresh, [offered(a), offered(b), offered(c), written]).work)).toBe('publishing c')
  })

  it('is dropped when the source comes back to what is being written', () => {
    expect(describeWork(walk(fresh, [offered(a), offered(b), offered(a), written]).work)).toBe('notifying')
  })

  it.each([
    ['notifying', [offered(a), written]],
    ['verifying', [offered(a), written, notified(yes)]],
    ['waiting', [offered(a), written, notified(unreached)]],
  ])('ends the %s of the older at once', (_state, events) => {
    expect(describeWork(walk(fresh, [...events, offered(b)]).work)).toBe('publishing b')
  })
})

describe('a failed write', () => {
  it('is tried again after a wait, with the newest generation', () => {
    const failed = walk(fresh, [offered(a), writeFailed])
    expect(describeWork(failed.work)).toBe('waiting for publishing')
    expect(describeWork(walk(failed, [woke]).work)).toBe('publishing a')
    expect(describeWork(walk(fresh, [offered(a), offered(b), writeFailed]).work)).toBe('publishing b')
  })

  it('is given up when the source comes back to what is published', () => {
    expect(walk(acknowledgedA, [offered(b), writeFailed, offered(a)])).toEqual(acknowledgedA)
    expect(walk(acknowledgedA, [offered(b), offered(a), writeFailed])).toEqual(acknowledgedA)
  })

  it('of a rollback is tried again even when the source offers the refused generation once more', () => {
    const rollingBack = walk(walk(acknowledgedA, [offered(b), written, notified(no)]), [woke, notified(no)], {}, 10_000)
    const failed = walk(rollingBack, [writeFailed, offered(b)])
    expect(describeWork(failed.work)).toBe('waiting for publishing')
    expect(describeWork(walk(failed, [woke]).work)).toBe('publishing a')
  })
})

describe('an app that is not up yet', () => {
  it('is waited for without end and without spending its time', () => {
    let delivery = walk(acknowledgedA, [offered(b), written, notified(unreached)])
    for (let hour = 0; hour < 48; hour += 1) {
      delivery = walk(delivery, [woke, verified(unreached)], {}, hour * 3_600_000)
    }
    expect(describeWork(delivery.work)).toBe('waiting for verifying')
    expect(delivery.quarantined).toEqual([])
  })

  it('is asked first when it comes up, because it has read the files by itself', () => {
    const up = walk(fresh, [offered(a), written, notified(unreached), woke])
    expect(up.work.state).toBe('verifying')
    expect(isAcknowledged(walk(up, [verified(yes)]))).toBe(true)
  })

  it('spends its time once it was reached, also by being gone', () => {
    const reached = walk(acknowledgedA, [offered(b), written, notified(yes), verified(unreached)], {}, 1000)
    const late = walk(reached, [woke, verified(unreached)], {}, 11_000)
    expect(describeWork(late.work)).toBe('publishing a')
  })
})

describe('an app that does not take a generation within its time', () => {
  const refusing = (more: Partial<DeliveryRules> = {}): Delivery => {
    const told = walk(acknowledgedA, [offered(b), written, notified(yes), verified(no)], more)
    return walk(told, [woke, verified(no)], more, 10_000)
  }

  it('gets the last good generation back and is told of it', () => {
    const rollingBack = refusing()
    expect(describeWork(rollingBack.work)).toBe('publishing a')
    expect(rollingBack.quarantined).toEqual([b.hash])
    const back = walk(rollingBack, [written])
    expect(back.work.state).toBe('notifying')
    expect(isAcknowledged(walk(back, [notified(yes), verified(yes)]))).toBe(true)
  })

  it('is not offered the refused generation again, but the next one', () => {
    const back = walk(refusing(), [written, notified(yes), verified(yes)])
    expect(walk(back, [offered(b)])).toEqual(back)
    expect(describeWork(walk(back, [offered(c)]).work)).toBe('publishing c')
  })

  it('goes back beyond generations that were never acknowledged', () => {
    const skipped = walk(acknowledgedA, [offered(b), written, offered(c), written, notified(no)])
    expect(describeWork(walk(skipped, [woke, notified(no)], {}, 10_000).work)).toBe('publishing a')
  })

  it('keeps it and is told again when there is nothing to go back to', () => {
    const told = walk(fresh, [offered(a), written, notified(no)])
    const late = walk(told, [woke, notified(no)], {}, 10_000)
    expect(describeWork(late.work)).toBe('waiting for notifying')
    expect(late.quarantined).toEqual([])
    expect(isAcknowledged(walk(late, [woke, notified(yes), verified(yes)]))).toBe(true)
  })

  it('keeps it and is told again when onFailure is keep', () => {
    const kept = refusing({ onFailure: 'keep' })
    expect(describeWork(kept.work)).toBe('waiting for notifying')
    expect(textOf(kept.published)).toBe('b')
  })

  it('ends everything when onFailure is exit, and nothing begins anew', () => {
    const over = refusing({ onFailure: 'exit' })
    expect(over.work).toEqual({ state: 'given-up' })
    expect(over.failure).toEqual({ hash: b.hash, reason: 'answered 422' })
    expect(walk(over, [offered(c)])).toEqual(over)
  })

  it('has no attempt after its deadline but the last one at it', () => {
    const told = walk(acknowledgedA, [offered(b), written, notified(yes)])
    const almost = walk(told, [verified(no)], {}, 9_999)
    expect(almost.work).toMatchObject({ state: 'waiting', untilMs: 10_000 })
  })
})

describe('an app that refuses a generation outright', () => {
  it('gets the last good one back at once, whatever time it has', () => {
    const rollingBack = walk(acknowledgedA, [offered(b), written, notified(refused)])
    expect(describeWork(rollingBack.work)).toBe('publishing a')
    expect(rollingBack.quarantined).toEqual([b.hash])
    expect(rollingBack.failure).toEqual({ hash: b.hash, reason: 'answered 422: unknown key' })
  })

  it('keeps it, is told again after a wait, and counts as failed at once when onFailure is keep', () => {
    const kept = walk(acknowledgedA, [offered(b), written, notified(refused)], { onFailure: 'keep' })
    expect(describeWork(kept.work)).toBe('waiting for notifying')
    expect(kept.failure).toMatchObject({ hash: b.hash })
    expect(isAcknowledged(walk(kept, [woke, notified(yes), verified(yes)]))).toBe(true)
  })

  it('ends everything at once when onFailure is exit', () => {
    const over = walk(acknowledgedA, [offered(b), written, notified(refused)], { onFailure: 'exit' })
    expect(over.work).toEqual({ state: 'given-up' })
  })
})

describe('an app that dies of the signal', () => {
  it('gets no more signals, and counts as acknowledged only when it says so', () => {
    const silenced = walk(acknowledgedA, [offered(b), written, died])
    expect(describeWork(silenced.work)).toBe('waiting for verifying')
    expect(isAcknowledged(walk(silenced, [woke, verified(yes)]))).toBe(true)
    expect(describeWork(walk(silenced, [woke, verified(yes), offered(c), written]).work)).toBe('verifying')
  })

  it('stays unacknowledged where it cannot be asked', () => {
    const silenced = walk(fresh, [offered(a), written, died], { verifies: false })
    expect(silenced.work.state).toBe('idle')
    expect(isAcknowledged(silenced)).toBe(false)
    expect(isAcknowledged(walk(silenced, [offered(b), written], { verifies: false }))).toBe(false)
  })
})

it(`forgets the oldest refused generation after ${quarantinedMax}`, () => {
  let delivery = acknowledgedA
  for (let round = 0; round <= quarantinedMax; round += 1) {
    const told = walk(delivery, [offered(generation(`bad ${round}`)), written, notified(no)])
    delivery = walk(told, [woke, notified(no), written, notified(yes), verified(yes)], {}, 10_000)
  }
  expect(delivery.quarantined).toHaveLength(quarantinedMax)
  expect(delivery.quarantined).not.toContain(generation('bad 0').hash)
})

describe('in any order of offers, failures and moods of the app', () => {
  /** One thing that happens: the source offers, or what is being done comes to an end in one way or another. */
  const happening = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom('a', 'b', 'c', 'd').map((text) => offered(generation(text))) },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom('yes', 'no', 'refused', 'unreached', 'died')
        .map((mood) => ({ event: 'mood' as const, mood })),
    },
  )
  type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

  const anyRules = fc.record({
    notifies: fc.boolean(),
    verifies: fc.boolean(),
    withinMs: fc.constantFrom(0, 1000, 10_000),
    onFailure: fc.constantFrom('rollback' as const, 'keep' as const),
  })

  /** Plays the happenings, each after the wait before it is over, then an app that takes everything. */
  function play(happenings: readonly Happening[], rules: DeliveryRules, seed: number) {
    const random = seededRandom(seed)
    const publishedWhileRefused: string[] = []
    let delivery = newDelivery(undefined)
    let nowMs = 0
    let last: Generation | undefined
    const take = (event: DeliveryEvent): void => {
      const before = delivery
      delivery = step(delivery, event, rules, { nowMs, random })
      const { work } = delivery
      if (work.state !== 'publishing' || work === before.work) return
      if (delivery.quarantined.includes(work.generation.hash)) publishedWhileRefused.push(work.generation.hash)
    }
    const end = (mood: string): void => {
      const { work } = delivery
      if (work.state === 'waiting') {
        nowMs = Math.max(nowMs, work.untilMs)
        take(woke)
      }
      const event = resultOf(delivery.work, mood)
      if (event !== undefined) take(event)
    }
    for (const happening of happenings) {
      nowMs += 100
      if (happening.event !== 'mood') {
        take(happening)
        if (happening.event === 'offered') last = happening.generation
      } else end(happening.mood)
    }
    let rounds = 0
    while (delivery.work.state !== 'idle' && rounds < 50) {
      end('yes')
      rounds += 1
    }
    return { delivery, last, publishedWhileRefused }
  }

  function resultOf(work: Work, mood: string): DeliveryEvent | undefined {
    const answer: Answer = mood === 'yes' ? yes : mood === 'unreached' ? unreached : no
    if (work.state === 'publishing') return mood === 'no' ? writeFailed : written
    if (work.state === 'verifying') return verified(answer)
    if (work.state === 'notifying') return mood === 'died' ? died : notified(mood === 'refused' ? refused : answer)
    return undefined
  }

  const plays = [fc.array(happening, { maxLength: 60 }), anyRules, fc.integer()] as const

  it('comes to rest with the last offered generation on the disk, unless the app refused it', () => {
    fc.assert(
      fc.property(...plays, (happenings, rules, seed) => {
        const { delivery, last } = play(happenings, rules, seed)
        expect(delivery.work.state).toBe('idle')
        const isRefused = last !== undefined && delivery.quarantined.includes(last.hash)
        if (!isRefused) expect(delivery.published?.hash).toBe(last?.hash)
      }),
      { numRuns: 2000 },
    )
  })

  it('ends acknowledged when the app answers yes, unless it can be neither told nor asked any more', () => {
    fc.assert(
      fc.property(...plays, (happenings, rules, seed) => {
        const { delivery } = play(happenings, rules, seed)
        const isMute = delivery.signalsOff && !rules.verifies
        if (delivery.published !== undefined && !isMute) expect(isAcknowledged(delivery)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('publishes no generation that the app has refused', () => {
    fc.assert(
      fc.property(...plays, (happenings, rules, seed) => {
        expect(play(happenings, rules, seed).publishedWhileRefused).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  it('never goes back to a generation that was refused', () => {
    fc.assert(
      fc.property(...plays, (happenings, rules, seed) => {
        const { delivery } = play(happenings, rules, seed)
        expect(delivery.quarantined).not.toContain(delivery.good?.hash)
      }),
      { numRuns: 2000 },
    )
  })
})
