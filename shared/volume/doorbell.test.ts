import { expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { createDoorbell } from './doorbell.ts'

const forever = new AbortController().signal

it('wakes the waiter, and leaves no timer behind', async () => {
  const clock = fakeClock()
  const bell = createDoorbell({ clock })
  const waiting = bell.wait(30_000, forever)
  bell.ring()
  expect(await waiting).toBe('rang')
  expect(clock.pending()).toBe(0)
})

it('keeps a ring for whoever waits next, until it is cleared', async () => {
  const clock = fakeClock()
  const bell = createDoorbell({ clock })
  bell.ring()
  expect(await bell.wait(1000, forever)).toBe('rang')
  expect(await bell.wait(1000, forever)).toBe('rang')
  bell.clear()
  const waiting = bell.wait(1000, forever)
  await clock.advance(1000)
  expect(await waiting).toBe('silence')
})

it('lets go of the waiter, with the reason, when the signal aborts', async () => {
  const clock = fakeClock()
  const owner = new AbortController()
  const waiting = createDoorbell({ clock }).wait(1000, owner.signal)
  owner.abort('the end')
  await expect(waiting).rejects.toBe('the end')
  expect(clock.pending()).toBe(0)
})
