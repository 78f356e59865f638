/**
 * `npm run conformance [-- --all] [IMAGE...]`: the table with what was observed, one line for each check and image.
 * Exit code 1 when a requirement is not kept.
 */
import { flagsOrExit } from '../../tools/flags.ts'
import { removeLeftovers } from '../docker/container.ts'
import type { Depth } from './check.ts'
import { subjects } from './subjects.ts'
import { checks } from './table.ts'

const words = process.argv.slice(2)
const all = flagsOrExit(
  ['--all'],
  words.filter((word) => word.startsWith('-')),
).has('--all')
const positionals = words.filter((word) => !word.startsWith('-'))

const unknown = positionals.filter((name) => !subjects.some((subject) => subject.name === name))
if (unknown.length > 0) {
  console.error(`no image "${unknown.join('", "')}"; there are: ${subjects.map((subject) => subject.name).join(', ')}`)
  process.exit(2)
}

const depth: Depth = all ? 'all' : 'quick'
let failed = 0
let passed = 0
for (const subject of subjects) {
  if (positionals.length > 0 && !positionals.includes(subject.name)) continue
  console.log(`\n${subject.image}`)
  for (const check of checks) {
    const reason = check.notFor?.[subject.name] ?? (check.soak && !all ? 'only with --all' : undefined)
    if (reason !== undefined) {
      console.log(`  -     ${check.id} ${check.title}\n        left out: ${reason}`)
      continue
    }
    try {
      const observed = await check.observe(subject, depth)
      passed += 1
      console.log(`  ok    ${check.id} ${check.title}\n        ${observed}`)
    } catch (error) {
      failed += 1
      console.log(`  FAIL  ${check.id} ${check.title} (${check.level})\n        ${(error as Error).message}`)
    }
  }
}
await removeLeftovers()
console.log(`\n${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
