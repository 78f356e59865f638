/**
 * A configuration with something odd at one of its places: the loader has an answer to each. Sidecars hold their own
 * schemas against this, for what a schema and the checks behind it make of a wrong shape shows only there.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { ConfigDefinition, Path } from '../config/define-config.ts'
import { formatProblems } from '../config/format-problems.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Problem } from '../config/problem.ts'

/** As they stand in YAML. */
const oddValues = [
  '~',
  '[]',
  '{}',
  '.nan',
  '1.5e308',
  'true',
  '2026-02-30',
  'odd',
  '""',
  '[~, [{}]]',
  '{ odd: { odd: [~] } }',
] as const

/** Stands in for the odd value until the rest is JSON, which is YAML too. */
const placeholder = '@odd@'

/**
 * Loads the configurations that a sidecar shows (`*.example.yaml`, the YAML blocks of `README.md`) with each odd value in
 * place of each of their values, and with each of them deleted.
 * @param folder of the sidecar
 * @param more configurations, for keys that those do not show
 * @returns what is wrong with the answers: an error that was thrown, a problem without a place. Empty is right
 */
export function wrongAnswersToOddConfigs(
  definition: ConfigDefinition,
  folder: string,
  more: readonly string[] = [],
): string[] {
  const shown = configsIn(folder)
  if (shown.length === 0) return [`no configuration is shown in ${folder}`]
  return [...shown, ...more].flatMap((text) => {
    const config: unknown = parse(text)
    return placesIn(config).flatMap((place) => {
      const changed = JSON.stringify(withChange(config, place, placeholder))
      const deleted = JSON.stringify(withChange(config, place, undefined) ?? {})
      const all = [deleted, ...oddValues.map((odd) => changed.replace(`"${placeholder}"`, () => odd))]
      return [...new Set(all)].flatMap((each) => wrongAnswers(definition, each))
    })
  })
}

function configsIn(folder: string): string[] {
  const examples = readdirSync(folder).filter((file) => file.endsWith('.example.yaml'))
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  return [
    ...examples.map((file) => readFileSync(join(folder, file), 'utf8')),
    ...[...readme.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block),
  ]
}

/** Every path of a value, that of the whole included. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const below = Object.entries(value).map(([key, each]) => [Array.isArray(value) ? Number(key) : key, each] as const)
  return [path, ...below.flatMap(([step, each]) => placesIn(each, [...path, step]))]
}

function withChange(value: unknown, [step, ...rest]: Path, change: unknown): unknown {
  if (step === undefined) return change
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  const entries = copy as Record<string | number, unknown>
  if (rest.length === 0 && change === undefined && Array.isArray(copy)) copy.splice(Number(step), 1)
  else entries[step] = withChange(entries[step], rest, change)
  return copy
}

function wrongAnswers(definition: ConfigDefinition, text: string): string[] {
  const world = {
    env: {},
    readFile: (): never => {
      throw new Error('no files here')
    },
  }
  try {
    const result = loadConfig(definition, { file: 'odd.yaml', text }, world)
    if (result.ok) return result.printable === '' ? [`nothing to print: ${text}`] : []
    if (formatProblems(result.problems) === '') return [`no problem told: ${text}`]
    return result.problems.filter((problem) => !hasPlace(problem)).map(({ message }) => `no place: ${message}: ${text}`)
  } catch (error) {
    return [`${error}: ${text}`]
  }
}

function hasPlace({ line, column, message }: Problem): boolean {
  return line >= 1 && column >= 1 && !/undefined|\[object/.test(message)
}
