import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readFileAtMost } from './read-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'podmates-read-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('reads a file to its end, through symbolic links, as mounted volumes have them', () => {
  const file = join(folder, 'config.yaml')
  writeFileSync(file, 'port: 8080\n')
  symlinkSync(file, join(folder, 'link'))
  expect(Buffer.from(readFileAtMost(file, 100)).toString()).toBe('port: 8080\n')
  expect(Buffer.from(readFileAtMost(join(folder, 'link'), 100)).toString()).toBe('port: 8080\n')
})

it('reads one byte more than allowed, so that the caller sees that there is more', () => {
  const file = join(folder, 'large')
  writeFileSync(file, 'x'.repeat(1000))
  expect(readFileAtMost(file, 10)).toHaveLength(11)
  expect(readFileAtMost(file, 1000)).toHaveLength(1000)
})

it('passes on what the system says', () => {
  expect(() => readFileAtMost(join(folder, 'none'), 10)).toThrow('ENOENT')
})

it('does not wait for a writer of a named pipe, nor read a directory or a device', () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  mkdirSync(join(folder, 'directory'))
  for (const path of [pipe, join(folder, 'directory'), '/dev/zero']) {
    expect(() => readFileAtMost(path, 10)).toThrow('it is no regular file')
  }
})
