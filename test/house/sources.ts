/** The project's own source files and what they import, read once as text. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly isTest: boolean
  /** Imports of the project's own files, as paths from the root; `import type` and `import()` included. */
  readonly imports: readonly string[]
}

/** Every file of the checkout that git tracks or would track. */
export function trackedFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  return list.split('\n').filter((path) => path !== '')
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
