import { expect, it } from 'vitest'
import type { Phase } from '../lifecycle/lifecycle.ts'
import { createLevelSwitch } from '../log/level-switch.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { recordingLog } from '../testing/recording-log.ts'
import { followStatus, roughly } from './common-status.ts'

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
