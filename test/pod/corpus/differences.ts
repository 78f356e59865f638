/** The deliberate differences between the drivers and a kubelet, as `differences.yaml` lists them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Driver } from '../drive/driver.ts'

export interface Difference {
  readonly pod: string
  readonly drivers: readonly Driver['name'][]
  /** How the line of the disagreement begins. */
  readonly fact: string
  /** Why it stays. */
  readonly reason: string
}

export function readDifferences(): readonly Difference[] {
  return parse(readFileSync(join(import.meta.dirname, 'differences.yaml'), 'utf8'))
}

/**
 * What is to be reported of one Pod: the disagreements that nobody listed, and the listed ones that are none.
 * @param found lines of `disagreements`
 */
export function unexpected(
  found: readonly string[],
  { pod, driver }: { readonly pod: string; readonly driver: Driver['name'] },
  differences: readonly Difference[],
): string[] {
  const listed = differences.filter((each) => each.pod === pod && each.drivers.includes(driver))
  const unlisted = found.filter((line) => !listed.some(({ fact }) => line.startsWith(fact)))
  const outdated = listed.filter(({ fact }) => !found.some((line) => line.startsWith(fact)))
  return [
    ...unlisted,
    ...outdated.map(
      ({ fact }) => `differences.yaml lists "${fact}" for ${driver}, but it is as on the kubelet: take it out`,
    ),
  ]
}
