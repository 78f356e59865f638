import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { isGone, ownerOf } from './owner.ts'

it('a process that lives is not gone, and is once it has ended', async () => {
  const child = spawn('sleep', ['60'])
  const owner = ownerOf(child.pid ?? 0)
  expect(isGone(owner)).toBe(false)
  child.kill()
  await once(child, 'exit')
  expect(isGone(owner)).toBe(true)
})

it('a later process of the same number is another one', () => {
  const [pid, start, space] = ownerOf(process.pid).split('-')
  expect(isGone(`${pid}-${start}-${space}`)).toBe(false)
  expect(isGone(`${pid}-${Number(start) - 1}-${space}`)).toBe(true)
})

it.each(['', 'x', '1', '999999999-1-1', '1-0-0'])(
  'of an owner like "%s" nothing is known, so it is not gone',
  (owner) => {
    expect(isGone(owner)).toBe(false)
  },
)
