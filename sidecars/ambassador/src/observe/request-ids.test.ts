import { seededRandom } from '@podmates/shared/world/random.ts'
import { expect, it } from 'vitest'
import { requestIds } from './request-ids.ts'

it('are 12 hexadecimal digits, no two the same, and begin anew before they could grow longer', () => {
  const drawn = [0, 0.5]
  const next = requestIds({ next: () => drawn.shift() ?? Number.NaN })
  expect(next()).toBe('000000100000')
  expect(next()).toBe('000000100001')
  let last = ''
  for (let count = 2; count < 0xf0_0000; count += 1) last = next()
  expect(last).toBe('000000ffffff')
  expect(next()).toBe('800000100000')
})

it('begin differently in every process', () => {
  expect(requestIds(seededRandom(1))()).not.toBe(requestIds(seededRandom(2))())
})
