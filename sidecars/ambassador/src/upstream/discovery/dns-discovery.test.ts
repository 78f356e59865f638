import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { expect, it } from 'vitest'
import { dnsDiscovery, type Lookup } from './dns-discovery.ts'

const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND shop'), { code: 'ENOTFOUND' })
const never = new AbortController().signal

function discovering(lookup: Lookup, clock: FakeClock = fakeClock()) {
  const told: (string[] | string)[] = []
  const target = {
    label: 'shop',
    onFound: (found: readonly unknown[]) => void told.push(found.map((each) => JSON.stringify(each))),
    onFailed: (code: string) => void told.push(code),
  }
  const log = recordingLog()
  const discovery = dnsDiscovery(target, { host: 'shop', port: 80 }, { clock, log, lookup })
  return { clock, told, log, discovery }
}

const at = (host: string) => JSON.stringify({ target: { host, port: 80 }, weight: 1 })

it('tells every address of the name, in an order that does not change', async () => {
  const { told, discovery } = discovering(async () => ['10.0.0.2', '10.0.0.1'])
  await discovery.start(never)
  expect(told).toEqual([[at('10.0.0.1'), at('10.0.0.2')]])
  discovery.stop()
})

it('looks again every 5 s', async () => {
  let looked = 0
  const { clock, told, discovery } = discovering(async () => [`10.0.0.${++looked}`])
  await discovery.start(never)
  await clock.advance(4999)
  expect(told).toHaveLength(1)
  await clock.advance(1)
  expect(told).toEqual([[at('10.0.0.1')], [at('10.0.0.2')]])
  discovery.stop()
})

it('says that it fails, once in the log, and goes on looking', async () => {
  const answers = [['10.0.0.1'], unknown, unknown, ['10.0.0.1']]
  const { clock, told, log, discovery } = discovering(async () => {
    const answer = answers.shift()
    if (Array.isArray(answer)) return answer
    throw answer
  })
  await discovery.start(never)
  await clock.advance(15_000)
  expect(told).toEqual([[at('10.0.0.1')], 'ENOTFOUND', 'ENOTFOUND', [at('10.0.0.1')]])
  expect(log.messages()).toEqual([
    'a name cannot be looked up; keeping the endpoints known so far',
    'the name can be looked up again',
  ])
  discovery.stop()
})

it('takes a name without addresses for one that cannot be looked up', async () => {
  const { told, discovery } = discovering(async () => [])
  await discovery.start(never)
  expect(told).toEqual(['ENODATA'])
  discovery.stop()
})

it('does not hold up the start for longer than 1 s', async () => {
  const { clock, discovery } = discovering(() => new Promise(() => undefined))
  let started = false
  void discovery.start(never).then(() => {
    started = true
  })
  await clock.advance(999)
  expect(started).toBe(false)
  await clock.advance(1)
  expect(started).toBe(true)
})

it('leaves no timer behind', async () => {
  const { clock, told, discovery } = discovering(async () => ['10.0.0.1'])
  await discovery.start(never)
  await clock.advance(0)
  discovery.stop()
  await clock.advance(60_000)
  expect(clock.pending()).toBe(0)
  expect(told).toHaveLength(1)
})
