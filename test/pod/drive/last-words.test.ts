import { describe, expect, it } from 'vitest'
import { readManifest } from '../manifest/read-manifest.ts'
import type { Exit, Launch } from './driver.ts'
import { lastWordsOf } from './last-words.ts'

function launched(policy: string): { heard: string[]; launch: Launch } {
  const text = `kind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: app, image: none, terminationMessagePolicy: ${policy} }] }`
  const [container] = readManifest([{ file: 'pod.yaml', text }]).pod.containers
  if (container === undefined) throw new Error('no container')
  const heard: string[] = []
  return { heard, launch: { container, run: 0, env: {}, mounts: [], onLine: (line) => heard.push(line) } }
}

function saying(policy: string, lines: readonly string[], exit: Exit): string | undefined {
  const { heard, launch } = launched(policy)
  const words = lastWordsOf(launch)
  for (const line of lines) words.launch.onLine(line)
  expect(heard).toEqual(lines)
  return words.of(exit)
}

describe('the message of a container', () => {
  it.each([
    ['File', { exitCode: 4 }, undefined],
    ['File', { exitCode: 4, message: 'no disk' }, 'no disk'],
    ['FallbackToLogsOnError', { exitCode: 4 }, 'up\nno disk\n'],
    ['FallbackToLogsOnError', { exitCode: 4, message: 'of the file' }, 'of the file'],
    ['FallbackToLogsOnError', { exitCode: 0 }, undefined],
  ])('by %s after %o is %j', (policy, exit, message) => {
    expect(saying(policy, ['up', 'no disk'], exit)).toBe(message)
  })

  it('is at most the last 80 lines of the log, and of those the last 2048 bytes', () => {
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`)
    expect(saying('FallbackToLogsOnError', lines, { exitCode: 1 })).toBe(lines.slice(20).join('\n').concat('\n'))
    expect(saying('FallbackToLogsOnError', ['x'.repeat(5000)], { exitCode: 1 })).toBe(`${'x'.repeat(2047)}\n`)
  })

  it('is none when there was no output', () => {
    expect(saying('FallbackToLogsOnError', [], { exitCode: 1 })).toBeUndefined()
  })
})
