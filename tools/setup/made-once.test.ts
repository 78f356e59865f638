import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { madeOnce } from './made-once.ts'

const target = (): string => join(mkdtempSync(join(tmpdir(), 'made-once-')), 'deep', 'thing')
const writing = (text: string) => async (path: string) => writeFileSync(path, text)

it('makes a file once and leaves it alone while its key stays the same', async () => {
  const file = target()
  expect(await madeOnce(file, 'v1', writing('first'))).toBe(true)
  expect(await madeOnce(file, 'v1', writing('second'))).toBe(false)
  expect(readFileSync(file, 'utf8')).toBe('first')
})

it('makes it anew when the key changed or the file is gone', async () => {
  const file = target()
  await madeOnce(file, 'v1', writing('first'))
  expect(await madeOnce(file, 'v2', writing('second'))).toBe(true)
  expect(readFileSync(file, 'utf8')).toBe('second')
})

it('leaves the old one in place when making fails, and tries again the next time', async () => {
  const file = target()
  await madeOnce(file, 'v1', writing('first'))
  const failing = async (path: string): Promise<void> => {
    writeFileSync(path, 'half')
    throw new Error('the disk is full')
  }
  await expect(madeOnce(file, 'v2', failing)).rejects.toThrow('the disk is full')
  expect(readFileSync(file, 'utf8')).toBe('first')
  expect(await madeOnce(file, 'v2', writing('second'))).toBe(true)
})

it('lets those who want the same thing at the same time wait for the one that makes it', async () => {
  const file = target()
  let makers = 0
  const make = async (path: string): Promise<void> => {
    makers++
    writeFileSync(path, 'made')
  }
  const made = await Promise.all(Array.from({ length: 5 }, () => madeOnce(file, 'v1', make)))
  expect([makers, made.filter(Boolean).length]).toEqual([1, 1])
})

it('takes over the lock of a process that died while it held it', async () => {
  const file = target()
  await madeOnce(file, 'v1', writing('first'))
  writeFileSync(`${file}.lock`, String(await pidOfTheDead()))
  expect(await madeOnce(file, 'v2', writing('second'))).toBe(true)
  expect(existsSync(`${file}.lock`)).toBe(false)
})

function pidOfTheDead(): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    child.on('exit', () => resolve(child.pid ?? 0))
  })
}
