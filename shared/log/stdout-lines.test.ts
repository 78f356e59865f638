import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { stdoutLines } from './stdout-lines.ts'

/** A reader that takes one write at a time, when it is told to. */
function slowReader() {
  const taken: string[] = []
  const waiting: (() => void)[] = []
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      waiting.push(() => {
        taken.push(text)
        done()
      })
    },
  })
  const takeAll = (): void => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next()
  }
  return { stream, taken, takeAll }
}

it('keeps lines in order behind what else is written to the stream, and mixes none', () => {
  const { stream, taken, takeAll } = slowReader()
  const lines = stdoutLines({}, fakeClock(), stream)
  stream.write('record 1\nrecord 2\n')
  lines.write('line\n')
  stream.write('record 3\n')
  takeAll()
  expect(taken).toEqual(['record 1\nrecord 2\n', 'line\n', 'record 3\n'])
})

it('drops and counts what a sleeping reader leaves beyond 1 MiB, and goes on when it wakes up', () => {
  const { stream, taken, takeAll } = slowReader()
  const lines = stdoutLines({}, fakeClock(), stream)
  const line = `${'x'.repeat(2 ** 16 - 1)}\n`
  for (let n = 0; n < 20; n += 1) lines.write(line)
  expect(lines.takeDropped()).toBe(4)
  expect(lines.takeDropped()).toBe(0)
  takeAll()
  expect(taken).toHaveLength(16)
  lines.write('awake\n')
  takeAll()
  expect(taken.at(-1)).toBe('awake\n')
})

it('goes on without a reader', () => {
  const stream = new Writable({ write: (_text, _encoding, done) => done(new Error('EPIPE')), autoDestroy: false })
  const lines = stdoutLines({}, fakeClock(), stream)
  expect(() => lines.write('line\n')).not.toThrow()
})

it('writes for a person when a terminal is behind it', () => {
  const { stream, taken, takeAll } = slowReader()
  const lines = stdoutLines({ NO_COLOR: '1' }, fakeClock(), Object.assign(stream, { isTTY: true }))
  lines.write('{"level":"info","time":"2026-01-01T00:00:00.000Z","sidecar":"example","port":1,"msg":"listening"}\n')
  takeAll()
  expect(taken.join('')).toContain('listening')
  expect(taken.join('')).not.toContain('{')
})

it('gathers the lines of requests and writes them at once, 100 ms later at the latest', async () => {
  const { stream, taken, takeAll } = slowReader()
  const clock = fakeClock()
  const lines = stdoutLines({}, clock, stream)
  lines.writeSoon('request 1\n')
  await clock.advance(60)
  lines.writeSoon('request 2\n')
  await clock.advance(39)
  takeAll()
  expect(taken).toEqual([])
  await clock.advance(1)
  takeAll()
  expect(taken).toEqual(['request 1\nrequest 2\n'])
  expect(clock.pending()).toBe(0)
})

it('writes gathered lines before the next line of the log, so that the last line is the last', () => {
  const { stream, taken, takeAll } = slowReader()
  const lines = stdoutLines({}, fakeClock(), stream)
  lines.writeSoon('request\n')
  lines.write('drained\n')
  takeAll()
  expect(taken).toEqual(['request\n', 'drained\n'])
})

it('does not wait for the time when 16 KiB are gathered', () => {
  const { stream, taken, takeAll } = slowReader()
  const lines = stdoutLines({}, fakeClock(), stream)
  for (let n = 0; n < 16; n += 1) lines.writeSoon(`${'x'.repeat(1023)}\n`)
  takeAll()
  expect(taken.map((text) => text.length)).toEqual([16_384])
})

it('counts a gathered line among those that a sleeping reader may leave', () => {
  const { stream } = slowReader()
  const lines = stdoutLines({}, fakeClock(), stream)
  for (let n = 0; n < 1025; n += 1) lines.writeSoon(`${'x'.repeat(1023)}\n`)
  expect(lines.takeDropped()).toBe(1)
})
