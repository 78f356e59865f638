import { expect, it } from 'vitest'
import { currentRevision } from './revision.ts'

it('takes SOURCE_DATE_EPOCH for the date, so that a build can be repeated', async () => {
  const { date } = await currentRevision({ SOURCE_DATE_EPOCH: '1700000000' })
  expect(date.toISOString()).toBe('2023-11-14T22:13:20.000Z')
})

it('takes the version of the workspace', async () => {
  expect((await currentRevision()).version).toMatch(/^\d+\.\d+\.\d+/)
})
