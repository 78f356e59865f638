import { expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { recordingLog } from '../testing/recording-log.ts'
import { collapseRepeats } from './collapse-repeats.ts'

function newLog() {
  const clock = fakeClock()
  const recorded = recordingLog()
  const log = collapseRepeats(recorded, { everyMs: 10_000 }, clock)
  const fields = () => recorded.lines.map((line) => line.fields)
  return { clock, recorded, log, fields }
}

it('writes the first of equal lines at once, and after its time how often it came again', async () => {
  const { log, fields, clock } = newLog()
  for (let count = 0; count < 58; count += 1) log.warn({ upstream: 'inventory' }, 'cannot connect')
  expect(fields()).toEqual([{ upstream: 'inventory' }])
  await clock.advance(10_000)
  expect(fields()).toEqual([{ upstream: 'inventory' }, { upstream: 'inventory', repeated: 57 }])
})

it('goes on counting while the line goes on coming, and forgets it when it stays away', async () => {
  const { log, fields, clock } = newLog()
  log.warn({}, 'cannot connect')
  log.warn({}, 'cannot connect')
  await clock.advance(10_000)
  log.warn({}, 'cannot connect')
  await clock.advance(10_000)
  expect(fields()).toEqual([{}, { repeated: 1 }, { repeated: 1 }])
  await clock.advance(10_000)
  expect(clock.pending()).toBe(0)
  log.warn({}, 'cannot connect')
  expect(fields()).toHaveLength(4)
})

it.each([
  ['level', (log: ReturnType<typeof newLog>['log']) => log.error({ upstream: 'a' }, 'x')],
  ['sentence', (log: ReturnType<typeof newLog>['log']) => log.warn({ upstream: 'a' }, 'y')],
  ['field', (log: ReturnType<typeof newLog>['log']) => log.warn({ upstream: 'b' }, 'x')],
  ['child', (log: ReturnType<typeof newLog>['log']) => log.child({ route: '/' }).warn({ upstream: 'a' }, 'x')],
])('keeps lines apart that differ in their %s', (_difference, other) => {
  const { log, recorded } = newLog()
  log.warn({ upstream: 'a' }, 'x')
  other(log)
  expect(recorded.lines).toHaveLength(2)
})

it('tells errors apart by their message', () => {
  const { log, recorded } = newLog()
  for (const message of ['refused', 'reset', 'refused']) log.warn({ err: new Error(message) }, 'cannot connect')
  expect(recorded.lines).toHaveLength(2)
})

it('writes what it holds back when it is flushed, and leaves no timer behind', () => {
  const { log, fields, clock } = newLog()
  log.warn({}, 'once')
  log.warn({}, 'twice')
  log.warn({}, 'twice')
  log.flush()
  expect(fields()).toEqual([{}, {}, { repeated: 1 }])
  expect(clock.pending()).toBe(0)
})

/** A full table passed everything through: one line for each metric name that an app made up. */
it('writes one line for all beyond the hundred that it tells apart, and how many they were', async () => {
  const { log, recorded, clock } = newLog()
  for (let id = 0; id < 1000; id += 1) log.warn({ id }, 'x')
  expect(recorded.lines).toHaveLength(101)
  await clock.advance(10_000)
  expect(recorded.lines).toHaveLength(102)
  expect(recorded.lines.at(-1)).toMatchObject({
    message: 'more different lines than are told apart',
    fields: { example: 'x', repeated: 899 },
  })
})

it('does not tell lines apart by a field that is only an example, and shows the latest', async () => {
  const clock = fakeClock()
  const recorded = recordingLog()
  const log = collapseRepeats(recorded, { everyMs: 10_000, exampleFields: ['metric'] }, clock)
  for (const metric of ['a', 'b', 'c']) log.warn({ reason: 'limit', metric }, 'dropped')
  await clock.advance(10_000)
  expect(recorded.lines.map(({ fields }) => fields)).toEqual([
    { reason: 'limit', metric: 'a' },
    { reason: 'limit', metric: 'c', repeated: 2 },
  ])
})

it('passes the level on to the log below', () => {
  const { log, recorded } = newLog()
  log.level = 'error'
  expect(recorded.level).toBe('error')
})
