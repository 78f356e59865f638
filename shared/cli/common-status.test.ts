import { expect, it } from 'vitest'
import type { Phase } from '../lifecycle/lifecycle.ts'
import { createLevelSwitch } from '../log/level-switch.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { recordingLog } from '../testing/recording-log.ts'
import { followStatus, memoryLine, roughly } from './common-status.ts'

function newStatus() {
  const clock = fakeClock()
  const log = recordingLog()
  log.level = 'info'
  const levels = createLevelSwitch(log, clock)
  let enter: (phase: Phase) => void = () => {}
  let phase: Phase = 'starting'
  const lines = followStatus(
    {
      sidecar: 'echo',
      version: '1.2.3',
      config: { file: '/etc/podmates/echo.yaml', hash: '9c1e', isDefault: false },
      life: {
        phase: () => phase,
        onPhase: (listener) => {
          enter = listener
        },
      },
      levels,
      own: () => [{ topic: 'greeting', text: 'hello', facts: {} }],
    },
    clock,
  )
  const change = (next: Phase): void => {
    phase = next
    enter(next)
  }
  const texts = () => Object.fromEntries(lines().map(({ topic, text }) => [topic, text]))
  return { clock, levels, lines, texts, change }
}

it('puts the lines of the sidecar between those that all have', () => {
  const { lines } = newStatus()
  expect(lines().map(({ topic }) => topic)).toEqual(['phase', 'config', 'greeting', 'log', 'memory'])
})

it('tells the phase and how long it has lasted', async () => {
  const { clock, texts, lines, change } = newStatus()
  await clock.advance(2000)
  change('started')
  await clock.advance(192_500)
  expect(texts().phase).toBe(`echo started for 3m12s, version 1.2.3, node ${process.version}`)
  expect(lines()[0]?.facts).toMatchObject({ sidecar: 'echo', phase: 'started', phase_seconds: 192.5 })
})

it('tells which config is in force, and since when', async () => {
  const { clock, texts } = newStatus()
  await clock.advance(60_000)
  expect(texts().config).toBe('9c1e loaded 1m ago from /etc/podmates/echo.yaml')
})

it('tells when a temporary log level ends', async () => {
  const { clock, levels, texts } = newStatus()
  expect(texts().log).toBe('info')
  levels.set('debug', 600_000)
  await clock.advance(90_000)
  expect(texts().log).toBe('debug for another 8m30s, then info')
})

it('tells the memory of the container and of the heap', () => {
  const { lines } = newStatus()
  const memory = lines().find(({ topic }) => topic === 'memory')
  expect(memory?.text).toMatch(/heap \d+\.\d of \d+\.\d MiB$/)
  expect(memory?.facts.heap_used_bytes).toBeGreaterThan(0)
})

const mebibyte = 1_048_576
const ownMemory = { residentBytes: 60 * mebibyte, heapUsedBytes: 8 * mebibyte, heapLimitBytes: 32 * mebibyte }
const ownFacts = {
  resident_bytes: 60 * mebibyte,
  heap_used_bytes: 8 * mebibyte,
  heap_limit_bytes: 32 * mebibyte,
}

it('compares the memory of a container with its limit', () => {
  expect(memoryLine({ usedBytes: 40 * mebibyte, limitBytes: 64 * mebibyte }, ownMemory)).toEqual({
    topic: 'memory',
    text: '40.0 of 64.0 MiB, heap 8.0 of 32.0 MiB',
    facts: { used_bytes: 40 * mebibyte, limit_bytes: 64 * mebibyte, ...ownFacts },
  })
})

it.each([
  ['a cgroup without a limit, which may be the whole machine', { usedBytes: 900 * mebibyte, limitBytes: undefined }],
  ['no cgroup', undefined],
])('tells what the process itself has where there is %s', (_what, cgroup) => {
  expect(memoryLine(cgroup, ownMemory)).toEqual({
    topic: 'memory',
    text: '60.0 MiB resident, no limit, heap 8.0 of 32.0 MiB',
    facts: { used_bytes: null, limit_bytes: null, ...ownFacts },
  })
})

it.each([
  [0, '0s'],
  [999, '0s'],
  [42_000, '42s'],
  [312_000, '5m12s'],
  [11_520_000, '3h12m'],
  [11_579_000, '3h12m'],
  [187_200_000, '2d4h'],
])('writes %d ms as a person would: %s', (ms, text) => {
  expect(roughly(ms)).toBe(text)
})
