/** The tiers of `npm test`, from the quick to the slow; each says what it needs of the machine. */
import type { Tier } from './run-tier.ts'

const vitest = (project: string): readonly string[] => ['vitest', 'run', '--project', project]

export const tiers: readonly Tier[] = [
  { name: 'lint', command: ['biome', 'ci', '--log-level=error', '.'] },
  { name: 'types', command: ['tsc', '--project', '.'] },
  { name: 'house', command: vitest('house') },
  { name: 'unit', command: vitest('unit') },
]
