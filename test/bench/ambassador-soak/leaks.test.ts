import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { describe, expect, it } from 'vitest'
import { growthOf, openFiles } from './leaks.ts'

const mb = 1e6
const constant = (bytes: number): number[] => Array.from({ length: 40 }, () => bytes)

describe('is a leak', () => {
  it('when memory grows all the time', () => {
    const samples = Array.from({ length: 120 }, (_, at) => 40 * mb + at * 0.5 * mb)
    expect(growthOf(samples)).toEqual({ beforeBytes: 62.25 * mb, afterBytes: 92.25 * mb, isLeak: true })
  })

  it('when it stays up after one step in the second half', () => {
    expect(growthOf([...constant(50 * mb), ...constant(64 * mb)]).isLeak).toBe(true)
  })
})

describe('is none', () => {
  it.each([
    { what: 'memory that stands still', samples: constant(50 * mb) },
    {
      what: 'warming up in the first quarter',
      samples: [...constant(20 * mb), ...[1, 2, 3].flatMap(() => constant(80 * mb))],
    },
    { what: 'a heap that breathes', samples: Array.from({ length: 120 }, (_, at) => (at % 2 === 0 ? 40 : 70) * mb) },
    { what: 'one high sample at the end', samples: [...constant(50 * mb), ...constant(50 * mb), 500 * mb] },
    { what: 'memory that shrinks', samples: [...constant(80 * mb), ...constant(40 * mb)] },
  ])('$what', ({ samples }) => {
    expect(growthOf(samples).isLeak).toBe(false)
  })

  it('growth up to 15 % and 6 MB, and not a byte more', () => {
    const samples = (afterBytes: number): number[] => [...constant(40 * mb), ...constant(afterBytes)]
    expect(growthOf(samples(52 * mb)).isLeak).toBe(false)
    expect(growthOf(samples(52 * mb + 1)).isLeak).toBe(true)
  })
})

it('counts the open files of a process', () => {
  const before = openFiles(process.pid)
  const file = openSync(devNull, 'r')
  expect(openFiles(process.pid)).toBe(before + 1)
  closeSync(file)
  expect(openFiles(process.pid)).toBe(before)
})
