import { EventEmitter } from 'node:events'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { expect, it } from 'vitest'
import { watchEndings } from './endings.ts'

function press() {
  const clock = fakeClock()
  const stdout = new EventEmitter()
  const signals = Object.assign(new EventEmitter(), { stdout })
  const seen: string[] = []
  const { asked, insisted, hungUp } = watchEndings(signals, { clock })
  void asked.then(() => seen.push('asked'))
  void insisted.then(() => seen.push('insisted'))
  return { clock, seen, hungUp, stdout, send: (signal: string) => void signals.emit(signal) }
}

it('takes the signals of one key press, which come through several programs, as one', async () => {
  const { clock, seen, send } = press()
  send('SIGINT')
  send('SIGINT')
  await clock.advance(400)
  send('SIGINT')
  await clock.advance(0)
  expect(seen).toEqual(['asked'])
})

it('takes a second press as insistence', async () => {
  const { clock, seen, send } = press()
  send('SIGTERM')
  await clock.advance(501)
  send('SIGINT')
  await clock.advance(0)
  expect(seen).toEqual(['asked', 'insisted'])
})

it('takes a hang-up as asking, never as insistence: it comes with output that fails', async () => {
  const { clock, seen, hungUp, stdout, send } = press()
  expect(hungUp()).toBe(false)
  send('SIGHUP')
  for (const _line of ['first', 'second']) {
    await clock.advance(501)
    stdout.emit('error', new Error('EIO'))
  }
  await clock.advance(0)
  expect(seen).toEqual(['asked'])
  expect(hungUp()).toBe(true)
})

it('takes output that nobody reads any more as a hang-up', async () => {
  const { clock, seen, hungUp, stdout } = press()
  stdout.emit('error', new Error('EPIPE'))
  await clock.advance(0)
  expect(seen).toEqual(['asked'])
  expect(hungUp()).toBe(true)
})
