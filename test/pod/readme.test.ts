/** What the README promises is there: every fact has a test that carries its number, every file it names exists. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { goldenOfCase, readCases } from './corpus/cases.ts'

const room = import.meta.dirname
const readme = readFileSync(join(room, 'README.md'), 'utf8')
const section = (title: string): string => readme.split(`## ${title}`)[1]?.split('\n## ')[0] ?? ''

/** `S2-S4` is S2, S3 and S4. */
function factsIn(text: string): string[] {
  return [...text.matchAll(/\bS(\d+)(?:-S(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => `S${Number(first) + at}`),
  )
}

const kept = factsIn(section('Which facts it keeps').replaceAll(/k\/k#\d+/g, ''))
const notKept = factsIn(section('What it cannot imitate'))
const tests = [...globSync('**/*.test.ts', { cwd: room }), 'drive/contract.case.ts']
  .map((file) => readFileSync(join(room, file), 'utf8'))
  .join('\n')

it.each(kept)('%s has a test that carries its number', (fact) => {
  const named = new RegExp(`['\`][^'\`\n]*\\b${fact}\\b`)
  expect(named.test(tests)).toBe(true)
})

it('every fact from S1 to S37 is either kept or named among those that cannot be imitated', () => {
  const all = Array.from({ length: 37 }, (_, at) => `S${at + 1}`)
  expect(all.filter((fact) => !kept.includes(fact) && !notKept.includes(fact))).toEqual([])
})

it('every file that it names is there', () => {
  const named = [...readme.matchAll(/`((?:core|drive|manifest|timeline|cli)?\/?[\w-]+(?:\.\w+)*\.ts)`/g)].map(
    ([, file = '']) => file,
  )
  expect(named.length).toBeGreaterThan(10)
  expect(
    named.filter((file) => !existsSync(join(room, file)) && globSync(`**/${file}`, { cwd: room }).length === 0),
  ).toEqual([])
})

it('the corpus is as large, and was recorded on the Kubernetes, that it says', () => {
  const [, pods, version] = /has (\d+) small Pods[\s\S]*?\son a Kubernetes (v[\d.]+) /.exec(readme) ?? []
  const cases = readCases()
  expect(Number(pods)).toBe(cases.length)
  expect([...new Set(cases.map((each) => goldenOfCase(each).kubernetes))]).toEqual([version])
})
