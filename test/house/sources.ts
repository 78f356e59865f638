/** The project's own source files and what they import, read once as text. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob, posix } from 'node:path'

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly isTest: boolean
  /** Imports of the project's own files, as paths from the root; `import type` and `import()` included. */
  readonly imports: readonly string[]
}

/** Every file of the checkout that git tracks or would track; without git, or in an unpacked archive, all that is not ignored. */
export function trackedFiles(root = '.'): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard']
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.split('\n').filter((path) => path !== '') : filesNotIgnored(root)
}

/** Knows only the two kinds of line that our .gitignore has: `folder/` and `*.end`. */
export function filesNotIgnored(root: string): string[] {
  const lines = readFileSync(join(root, '.gitignore'), 'utf8').trim().split('\n')
  const patterns = ['.git', '.git/', ...lines]
  const filesIn = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => {
        const name = entry.isDirectory() ? `${entry.name}/` : entry.name
        return !patterns.some((pattern) => matchesGlob(name, pattern))
      })
      .flatMap((entry) => {
        const path = posix.join(folder, entry.name)
        return entry.isDirectory() ? filesIn(path) : [path]
      })
  return filesIn('').sort()
}

export function sourceFiles(): SourceFile[] {
  return trackedFiles()
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(path, 'utf8')
      return { path, text, isTest: isTestFile(path), imports: importsOf(path, text) }
    })
}

function isTestFile(path: string): boolean {
  return (
    path.endsWith('.test.ts') ||
    path.startsWith('test/') ||
    path.startsWith('shared/testing/') ||
    path.includes('/testdata/')
  )
}

const importPattern = /(?:from|import|import\()\s*'([^']+)'/g

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(importPattern)].flatMap(([, target = '']) => {
    if (target.startsWith('@podmates/shared/')) return [target.replace('@podmates/', '')]
    if (target.startsWith('@podmates/')) return [target.replace('@podmates/', 'sidecars/')]
    if (target.startsWith('.')) return [posix.join(dirname(path), target)]
    return []
  })
}
