/** The tiers of `npm test`, from the quick to the slow; each says what it needs of the machine. */
import { buildImages } from '../images.ts'
import { docker } from '../setup/docker.ts'
import { go } from '../setup/go.ts'
import type { Tier } from './run-tier.ts'

const vitest = (project: string): readonly string[] => ['vitest', 'run', '--project', project]

/** Ryuk, the clean-up container of Testcontainers, would have to be pulled; our tests clean up by label. */
const containers = { TESTCONTAINERS_RYUK_DISABLED: 'true' }

export const tiers: readonly Tier[] = [
  { name: 'lint', command: ['biome', 'ci', '--log-level=error', '.'] },
  { name: 'types', command: ['tsc', '--project', '.'] },
  { name: 'house', command: vitest('house') },
  { name: 'unit', command: vitest('unit') },
  { name: 'go', command: ['go', 'test', '-C', 'test/apps', './...'], missing: goMissing },
  { name: 'corpus', command: vitest('corpus'), missing: goMissing },
  { name: 'manifests', command: vitest('manifests'), missing: goMissing },
  { name: 'e2e', command: vitest('e2e'), missing: goMissing },
  { name: 'integration', command: vitest('integration'), environment: containers, missing: imagesMissing },
  { name: 'corpus-docker', command: vitest('corpus-docker'), missing: imagesMissing },
  { name: 'conformance', command: vitest('conformance'), environment: containers, missing: imagesMissing },
  { name: 'e2e-docker', command: vitest('e2e-docker'), environment: containers, missing: imagesMissing },
]

async function goMissing(): Promise<string | undefined> {
  const toolchain = await go()
  return toolchain.available ? undefined : `${toolchain.reason}: ${toolchain.remedy}`
}

async function imagesMissing(): Promise<string | undefined> {
  const needsGo = await goMissing()
  if (needsGo !== undefined) return needsGo
  const engine = await docker()
  if (!engine.available) return `${engine.reason}: ${engine.remedy}`
  await buildImages()
  return undefined
}
