/**
 * `npm run bench [-- ROOM...]`: every benchmark of the named rooms, one after the other so that none disturbs
 * another. Each prints ratios against a peer of the same run; a missing peer says how to install it.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, dirname } from 'node:path'

const rooms = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
const benches = globSync('test/bench/*/*.bench.ts').toSorted()
const known = [...new Set(benches.map((file) => basename(dirname(file))))]

const unknown = rooms.filter((room) => !known.includes(room))
if (unknown.length > 0) {
  console.error(`no room "${unknown.join('", "')}"; there are: ${known.join(', ')}`)
  process.exit(2)
}

let failed = 0
for (const file of benches) {
  if (rooms.length > 0 && !rooms.includes(basename(dirname(file)))) continue
  console.log(`\n== ${file}`)
  const { status } = spawnSync('node', [file, ...flags], { stdio: 'inherit' })
  if (status !== 0) failed += 1
}
process.exit(failed === 0 ? 0 : 1)
