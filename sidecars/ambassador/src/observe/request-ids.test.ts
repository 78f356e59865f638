import { seededRandom } from '@podmates/shared/world/random.ts'
import { expect, it } from 'vitest'
import { requestIds } from './request-ids.ts'

it('are 12 hexadecimal digits that count, and are drawn anew before they could grow longer', () => {
  const justBelowOne = 1 - 2 ** -24
  const drawn = [0, justBelowOne, 0.5, 0]
  const next = requestIds({ next: () => drawn.shift() ?? Number.NaN })
  expect([next(), next(), next()]).toEqual(['000000ffffff', '800000100000', '800000100001'])
})

it('begin differently in every process', () => {
  expect(requestIds(seededRandom(1))()).not.toBe(requestIds(seededRandom(2))())
})
