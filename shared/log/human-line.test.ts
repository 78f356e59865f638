import { expect, it } from 'vitest'
import { humanLine } from './human-line.ts'

const line = (fields: object): string =>
  `${JSON.stringify({ level: 'warn', time: '2026-01-01T12:03:04.123Z', sidecar: 'example', ...fields })}\n`

it('writes time, level and sentence first, and quotes only values that need it', () => {
  expect(humanLine(line({ route: '/v1', why: 'no answer', tries: 2, msg: 'retrying' }), { colour: false })).toBe(
    '12:03:04.123 warn  retrying  route=/v1 why="no answer" tries=2\n',
  )
})

it('writes the stack of an error on lines of its own', () => {
  const err = { type: 'Error', message: 'no route', stack: 'Error: no route\n  at x' }
  expect(humanLine(line({ err, msg: 'failed' }), { colour: false })).toBe(
    '12:03:04.123 warn  failed  err="no route"\n    Error: no route\n      at x\n',
  )
})

it('lets no value control the terminal', () => {
  const clearScreen = '\u001b[2J'
  const err = { type: 'Error', message: clearScreen, stack: `Error: ${clearScreen}` }
  expect(humanLine(line({ path: clearScreen, err, msg: `bad ${clearScreen}` }), { colour: false })).not.toContain(
    '\u001b',
  )
})

it('colours the level when asked to', () => {
  expect(humanLine(line({ msg: 'x' }), { colour: true })).toContain('\u001b[33mwarn \u001b[39m')
})

it('leaves a line that is no JSON as it is', () => {
  expect(humanLine('plain\n', { colour: false })).toBe('plain\n')
})
