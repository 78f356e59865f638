/**
 * Every Pod of the corpus on one driver: the facts of the kubelet hold, but for the differences that are listed with
 * their reasons. One that is listed and does not show is a mistake, too.
 */
import { describe, it } from 'vitest'
import type { Driver } from '../drive/driver.ts'
import { goldenOfCase, readCases } from './cases.ts'
import { readDifferences, unexpected } from './differences.ts'
import { disagreements } from './disagreements.ts'
import { factsOf } from './facts.ts'
import { playCase } from './play-case.ts'

export interface CorpusSubject {
  readonly driver: Driver
  /** How much longer than on the kubelet the ends may take on a busy machine, in seconds. */
  readonly lateS?: number
}

export function corpusOn({ driver, lateS }: CorpusSubject): void {
  const differences = readDifferences()
  describe.concurrent(`the corpus on the ${driver.name} driver`, { timeout: 120_000 }, () => {
    it.for(readCases())('$name', async (each, { expect }) => {
      const golden = goldenOfCase(each)
      const found = disagreements(golden, factsOf(await playCase(each, driver)), lateS)
      expect(unexpected(found, { pod: each.name, driver: driver.name }, differences)).toEqual([])
    })
  })
}
