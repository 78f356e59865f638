import { expect, it } from 'vitest'
import { momentWithin } from './moment.ts'

const second = '2026-01-01T12:00:00Z'
const at = (ms: number): number => Date.parse(second) + ms

it.each([
  ['takes the first hint within the second', [at(300), at(700)], 300],
  ['passes over one before it', [at(-1), at(700)], 700],
  ['passes over one after it', [at(1000), undefined, at(999)], 999],
  ['is the beginning of the second without one', [at(-1), at(1000)], 0],
])('%s', (_what, hints, ms) => {
  expect(momentWithin(second, hints)).toBe(at(ms))
})
