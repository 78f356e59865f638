import { expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import type { Part } from './part.ts'
import { together } from './together.ts'

const never = new AbortController().signal

it('starts, drains and stops all at the same time, and adds their facts up', async () => {
  const clock = fakeClock()
  const journal: string[] = []
  const listener = (name: string, inFlight: number): Part => ({
    name,
    stopTimeoutMs: 3000,
    start: () => clock.sleep(100),
    drain: () => {
      journal.push(`drain ${name}`)
    },
    stop: async () => {
      await clock.sleep(1000)
      journal.push(`stopped ${name} at ${clock.now()}`)
      return { in_flight: inFlight, clean: true }
    },
  })
  const group = together('listeners', [listener('a', 2), listener('b', 3)])
  const start = group.start?.(never)
  await clock.advance(100)
  await start
  group.drain?.()
  const stop = group.stop?.(never)
  await clock.advance(1000)
  expect(await stop).toEqual({ in_flight: 5, clean: true })
  expect(journal).toEqual(['drain a', 'drain b', 'stopped a at 1100', 'stopped b at 1100'])
  expect(group.stopTimeoutMs).toBe(3000)
})

it('stops the others when one fails to, and tells every failure', async () => {
  let stopped = false
  const group = together('outputs', [
    { name: 'a', stop: () => Promise.reject(new Error('disk full')) },
    {
      name: 'b',
      stop: async () => {
        stopped = true
        return {}
      },
    },
  ])
  await expect(group.stop?.(never)).rejects.toThrow('disk full')
  expect(stopped).toBe(true)
})

it('leaves the time to stop to the default when no member has its own', () => {
  expect(together('logs', [{ name: 'a' }])).not.toHaveProperty('stopTimeoutMs')
})
