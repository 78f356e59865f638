import { EventEmitter } from 'node:events'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { expect, it } from 'vitest'
import { watchEndings } from './endings.ts'

function press() {
  const clock = fakeClock()
  const signals = new EventEmitter()
  const seen: string[] = []
  const { asked, insisted } = watchEndings(signals as unknown as NodeJS.Process, { clock })
  void asked.then(() => seen.push('asked'))
  void insisted.then(() => seen.push('insisted'))
  return { clock, seen, send: (signal: string) => void signals.emit(signal) }
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
