/**
 * `npm test`: every tier in turn, from the quick to the slow, and one last line that counts.
 *
 *   npm test                    all tiers that this machine can run; says which it left out and why
 *   npm test -- lint unit       only the named tiers
 */

import { add, nothing, type Outcome, runTier } from './test/run-tier.ts'
import { tiers } from './test/tiers.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !tiers.some((tier) => tier.name === name))
if (unknown.length > 0) {
  console.error(`no tier "${unknown.join('", "')}"; there are: ${tiers.map((tier) => tier.name).join(', ')}`)
  process.exit(2)
}

const leftOut: string[] = []
let total: Outcome = nothing
for (const tier of tiers) {
  if (asked.length > 0 && !asked.includes(tier.name)) continue
  const missing = await tier.missing?.()
  if (missing !== undefined) {
    leftOut.push(`${tier.name}: ${missing}`)
    continue
  }
  total = add(total, await runTier(tier))
}

for (const line of leftOut) console.log(`left out  ${line}`)
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
