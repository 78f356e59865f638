import { seededRandom } from '@podmates/shared/world/random.ts'
import { expect, it } from 'vitest'
import { backOffMs } from './back-off.ts'

it.each([
  { retry: 1, below: 25 },
  { retry: 2, below: 75 },
  { retry: 3, below: 175 },
  { retry: 4, below: 250 },
  { retry: 60, below: 250 },
])('waits up to $below ms before retry $retry, and any time below that', ({ retry, below }) => {
  const random = seededRandom(retry)
  const waits = Array.from({ length: 2000 }, () => backOffMs(retry, random))
  expect(Math.max(...waits)).toBeLessThan(below)
  expect(Math.max(...waits)).toBeGreaterThan(below * 0.95)
  expect(Math.min(...waits)).toBeLessThan(below * 0.05)
})
