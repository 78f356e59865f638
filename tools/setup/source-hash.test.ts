import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sourceHash } from './source-hash.ts'

function sources(): string {
  const root = mkdtempSync(join(tmpdir(), 'source-hash-'))
  mkdirSync(join(root, 'deep'))
  writeFileSync(join(root, 'a.ts'), 'a')
  writeFileSync(join(root, 'deep', 'b.ts'), 'b')
  return root
}

it('agrees for the same sources in two places, in any order', () => {
  const [one, two] = [sources(), sources()]
  expect(sourceHash(one, [join(one, 'a.ts'), join(one, 'deep')])).toBe(
    sourceHash(two, [join(two, 'deep'), join(two, 'a.ts')]),
  )
})

it('changes when a byte or a name below a folder changes', () => {
  const root = sources()
  const before = sourceHash(root, [root])
  writeFileSync(join(root, 'deep', 'b.ts'), 'B')
  const edited = sourceHash(root, [root])
  renameSync(join(root, 'deep', 'b.ts'), join(root, 'deep', 'c.ts'))
  expect(new Set([before, edited, sourceHash(root, [root])]).size).toBe(3)
})

it('does not change with a file that is skipped', () => {
  const root = sources()
  const skip = (name: string): boolean => name.endsWith('.log')
  const before = sourceHash(root, [root], skip)
  writeFileSync(join(root, 'noise.log'), 'noise')
  expect(sourceHash(root, [root], skip)).toBe(before)
})
