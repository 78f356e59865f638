import { expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { recordingLog } from '../testing/recording-log.ts'
import { createLevelSwitch } from './level-switch.ts'

function newSwitch() {
  const clock = fakeClock()
  const log = recordingLog()
  log.level = 'info'
  return { clock, log, levels: createLevelSwitch(log, clock) }
}

it('changes the level until the process ends', async () => {
  const { log, levels, clock } = newSwitch()
  expect(levels.set('debug')).toEqual({ kind: 'lasting', level: 'debug' })
  await clock.advance(86_400_000)
  expect(log.level).toBe('debug')
})

it('reverts by itself after its time', async () => {
  const { log, levels, clock } = newSwitch()
  levels.set('debug', 600_000)
  expect(levels.state()).toEqual({
    kind: 'temporary',
    level: 'debug',
    revertsTo: 'info',
    untilWallMs: clock.wall() + 600_000,
  })
  await clock.advance(599_999)
  expect(log.level).toBe('debug')
  await clock.advance(1)
  expect(log.level).toBe('info')
  expect(levels.state()).toEqual({ kind: 'lasting', level: 'info' })
})

it('reverts to the level before the first of two temporary changes', async () => {
  const { log, levels, clock } = newSwitch()
  levels.set('debug', 60_000)
  levels.set('trace', 10_000)
  await clock.advance(10_000)
  expect(log.level).toBe('info')
  expect(clock.pending()).toBe(0)
})

it('forgets the reversion when the level is set for good meanwhile', async () => {
  const { log, levels, clock } = newSwitch()
  levels.set('debug', 60_000)
  levels.set('warn')
  expect(clock.pending()).toBe(0)
  expect(log.level).toBe('warn')
})

it('leaves no timer behind when it is stopped', () => {
  const { levels, clock } = newSwitch()
  levels.set('debug', 60_000)
  levels.stop()
  expect(clock.pending()).toBe(0)
})

it('writes the line about a change at a level that is seen, whichever way it goes', () => {
  const { log, levels } = newSwitch()
  const levelsAtLine: string[] = []
  const { info } = log
  log.info = (fields, message) => {
    levelsAtLine.push(log.level)
    info(fields, message)
  }
  levels.set('error')
  levels.set('debug', 1000)
  expect(levelsAtLine).toEqual(['info', 'debug'])
  expect(log.lines.map(({ fields }) => fields)).toEqual([
    { from: 'info', to: 'error' },
    { from: 'error', to: 'debug', for_ms: 1000, reverts_to: 'error' },
  ])
})
