import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

async function lines(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const { text } = await metrics.exposition()
  return text.split('\n').filter((line) => line.startsWith(`podmates_test_${name}`))
}

it('counts each value in all buckets that are not below it', async () => {
  const metrics = createMetrics('test', '0')
  const series = metrics
    .talliedHistogram('wait_seconds', 'Time.', { labels: ['upstream'], buckets: [0.1, 1] })
    .labels({ upstream: 'a "b"' })
  for (const value of [0.05, 0.1, 0.5, 7]) series.observe(value)
  expect(await lines(metrics, 'wait')).toEqual([
    'podmates_test_wait_seconds_bucket{le="0.1",upstream="a \\"b\\""} 2',
    'podmates_test_wait_seconds_bucket{le="1",upstream="a \\"b\\""} 3',
    'podmates_test_wait_seconds_bucket{le="+Inf",upstream="a \\"b\\""} 4',
    'podmates_test_wait_seconds_sum{upstream="a \\"b\\""} 7.65',
    'podmates_test_wait_seconds_count{upstream="a \\"b\\""} 4',
  ])
})

it('says the same as the histogram of the library, whatever is observed', async () => {
  const value = fc.double({ min: 0, max: 20, noNaN: true })
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1 }), async (values) => {
      const metrics = createMetrics('test', '0')
      const options = { labels: ['upstream'] as const, buckets: [0.001, 0.5, 1, 15] }
      const ours = metrics.talliedHistogram('ours_seconds', 'Time.', options).labels({ upstream: 'a' })
      const theirs = metrics.histogram('theirs_seconds', 'Time.', options).labels({ upstream: 'a' })
      for (const each of values) {
        ours.observe(each)
        theirs.observe(each)
      }
      const said = await lines(metrics, 'theirs')
      expect(await lines(metrics, 'ours')).toEqual(said.map((line) => line.replace('theirs', 'ours')))
    }),
    { seed: 7 },
  )
})

it.each([{ name: 'wait_ms' }, { name: 'Wait' }])('refuses the name $name', ({ name }) => {
  expect(() => createMetrics('test', '0').talliedHistogram(name, 'Time.', { buckets: [1] })).toThrow(TypeError)
})
