/**
 * What `check` prints for each way to get a configuration wrong: `testdata/problems/*.yaml` beside the result. After
 * a change that is meant, read the difference and rewrite them: `UPDATE_GOLDEN=1 vitest run shared/config`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCatalogue } from '../errors/catalogue.ts'
import { formatProblems } from './format-problems.ts'
import { loadConfig } from './load-config.ts'
import type { Problem } from './problem.ts'
import { sampleDefinition } from './testdata/sample-config.ts'
import { sampleWorld } from './testdata/sample-world.ts'

const folder = join(import.meta.dirname, 'testdata', 'problems')
const cases = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => basename(file, '.yaml'))

function problemsOf(name: string): readonly Problem[] {
  const text = readFileSync(join(folder, `${name}.yaml`))
  const result = loadConfig(sampleDefinition, { file: `${name}.yaml`, text }, sampleWorld)
  return result.ok ? [] : result.problems
}

describe('the block that stderr shows', () => {
  it.each(cases)('%s', (name) => {
    const golden = join(folder, `${name}.golden.txt`)
    const block = `${formatProblems(problemsOf(name))}\n`
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, block)
    expect(block).toBe(readFileSync(golden, 'utf8'))
  })
})

it('shows no secret, whatever else is wrong with a file', () => {
  for (const name of cases) expect(JSON.stringify(problemsOf(name))).not.toMatch(/canary-/)
})

it('has a case for every code of a configuration in a file', () => {
  const shown = new Set(cases.flatMap((name) => problemsOf(name).map(({ code }) => code)))
  const ofLoader = Object.keys(errorCatalogue).filter((code) => /^PM01/.test(code))
  expect(ofLoader.filter((code) => !shown.has(code as Problem['code']))).toEqual(['PM0101', 'PM0102'])
})
