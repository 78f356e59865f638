import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { filesNotIgnored, trackedFiles } from './sources.ts'

it('finds the same files where there is no git, as on a bare machine or in an unpacked archive', () => {
  const root = mkdtempSync(join(tmpdir(), 'sources-'))
  const files = [
    'README.md',
    'a/b.ts',
    '.ci/run',
    'a/node_modules/c.ts',
    '.cache/d',
    'dist/e.ts',
    'a/f.log',
    'a/dist.ts',
  ]
  for (const file of [...files, '.gitignore']) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), file === '.gitignore' ? 'node_modules/\ndist/\n.cache/\n*.log\n' : '')
  }
  const tracked = ['.ci/run', '.gitignore', 'README.md', 'a/b.ts', 'a/dist.ts']
  expect(filesNotIgnored(root)).toEqual(tracked)
  expect(trackedFiles(root)).toEqual(tracked)
})
