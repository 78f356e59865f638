/**
 * `npm test`: every tier in turn, from the quick to the slow, and a report whose last line counts.
 *
 *   npm test                    all tiers that this machine can run; says which it left out and why
 *   npm test -- lint unit       only the named tiers
 *   UPDATE_README=1 npm test    pastes the report, and the demo's screen, into the front page
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { replaceSection } from './docs/marked-section.ts'
import { type LeftOut, reportOf } from './test/report.ts'
import { runTier, type TierResult } from './test/run-tier.ts'
import { tiers } from './test/tiers.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !tiers.some((tier) => tier.name === name))
if (unknown.length > 0) {
  console.error(`no tier "${unknown.join('", "')}"; there are: ${tiers.map((tier) => tier.name).join(', ')}`)
  process.exit(2)
}

const results: TierResult[] = []
const leftOut: LeftOut[] = []
for (const tier of tiers) {
  if (asked.length > 0 && !asked.includes(tier.name)) continue
  const missing = await tier.missing?.()
  if (missing !== undefined) leftOut.push({ tier: tier.name, missing })
  else results.push(await runTier(tier))
}

const report = reportOf(results, leftOut)
console.log(`\n${report}`)
const isGood = results.length > 0 && results.every(({ outcome }) => outcome.failed === 0)
if (process.env.UPDATE_README !== undefined && isGood && results.length === tiers.length) {
  const page = readFileSync('README.md', 'utf8')
  writeFileSync('README.md', replaceSection(page, 'test', `\`\`\`\n${report}\n\`\`\``) ?? page)
}
process.exit(isGood ? 0 : 1)
