/** The quick part of the conformance table over all four images; `npm run conformance -- --all` runs the rest. */
import { afterAll, describe, it } from 'vitest'
import { removeLeftovers } from '../docker/container.ts'
import { subjects } from './subjects.ts'
import { checks } from './table.ts'

afterAll(removeLeftovers)

describe.each(subjects)('$name', (subject) => {
  const ours = checks.filter((check) => check.soak === undefined && check.notFor?.[subject.name] === undefined)
  it.each(ours)('$id $title', async (check) => {
    console.log(`${check.id} ${subject.name}: ${await check.observe(subject, 'quick')}`)
  })
})
