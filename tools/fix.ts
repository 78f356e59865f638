/** `npm run fix`: formats everything and mends what the linter can mend safely. */
import { spawnSync } from 'node:child_process'

const { status } = spawnSync('biome', ['check', '--write', '.'], { stdio: 'inherit' })
process.exit(status ?? 1)
