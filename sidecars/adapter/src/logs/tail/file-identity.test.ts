import { expect, it } from 'vitest'
import { type FileSighting, recognise } from './file-identity.ts'

const position = { dev: 1, ino: 2, offset: 500, headBytes: 100, headHash: 'aa' }
const same: FileSighting = { dev: 1, ino: 2, size: 500, headHash: 'aa' }

it.each([
  ['unchanged', same, 'same'],
  ['grown', { ...same, size: 9000 }, 'same'],
  ['another inode: rotated by rename', { ...same, ino: 3 }, 'other'],
  ['the same inode number on another device', { ...same, dev: 9 }, 'other'],
  ['shorter: truncated in place', { ...same, size: 499 }, 'truncated'],
  [
    'truncated and already longer again: only its beginning tells',
    { ...same, size: 9000, headHash: 'bb' },
    'truncated',
  ],
  ['an inode that was used again', { ...same, headHash: 'bb' }, 'truncated'],
] as const)('%s', (_what, seen, expected) => {
  expect(recognise(position, seen)).toBe(expected)
})
