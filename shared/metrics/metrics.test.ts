import { expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

/** The samples of the exposition whose name begins so, in order. */
async function samples(metrics: ReturnType<typeof createMetrics>, begin: string): Promise<string[]> {
  const { text } = await metrics.exposition()
  return text.split('\n').filter((line) => line.startsWith(begin))
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('puts the prefix of the sidecar before every name of its own', async () => {
  const metrics = createMetrics('config-helper', '1.2.3')
  metrics.counter('publishes_total', 'Generations published.', { labels: ['output'] }).inc({ output: 'app' })
  metrics.gauge('outputs', 'Outputs.').set(2)
  metrics.histogram('publish_duration_seconds', 'Time to publish.', { buckets: [0.1, 1] }).observe(0.5)
  expect(await samples(metrics, 'podmates_')).toEqual([
    `podmates_config_helper_build_info{version="1.2.3",node="${process.version}"} 1`,
    'podmates_config_helper_publishes_total{output="app"} 1',
    'podmates_config_helper_outputs 2',
    'podmates_config_helper_publish_duration_seconds_bucket{le="0.1"} 0',
    'podmates_config_helper_publish_duration_seconds_bucket{le="1"} 1',
    'podmates_config_helper_publish_duration_seconds_bucket{le="+Inf"} 1',
    'podmates_config_helper_publish_duration_seconds_sum 0.5',
    'podmates_config_helper_publish_duration_seconds_count 1',
  ])
})

it('reads a gauge at each scrape when it is told how', async () => {
  const metrics = createMetrics('example', '0')
  let connections = 3
  metrics.gauge('connections', 'Open connections.', {
    labels: ['listener'],
    collect: (gauge) => gauge.set({ listener: 'app' }, connections),
  })
  expect(await samples(metrics, 'podmates_example_connections')).toEqual([
    'podmates_example_connections{listener="app"} 3',
  ])
  connections = 5
  expect(await samples(metrics, 'podmates_example_connections')).toEqual([
    'podmates_example_connections{listener="app"} 5',
  ])
})

it('adds to a counter at each scrape what was counted elsewhere', async () => {
  const metrics = createMetrics('example', '0')
  let dropped = 0
  metrics.counter('drops_total', 'Dropped.', {
    collect: (counter) => {
      counter.inc(dropped)
      dropped = 0
    },
  })
  dropped = 3
  expect(await samples(metrics, 'podmates_example_drops')).toEqual(['podmates_example_drops_total 3'])
  dropped = 2
  expect(await samples(metrics, 'podmates_example_drops')).toEqual(['podmates_example_drops_total 5'])
})

it('shows one config hash at a time, so that reloads leave no series behind', async () => {
  const metrics = createMetrics('example', '0')
  metrics.setConfigHash('aaaa')
  metrics.setConfigHash('bbbb')
  expect(await samples(metrics, 'podmates_example_config_info')).toEqual([
    'podmates_example_config_info{hash="bbbb"} 1',
  ])
})

it('includes the metrics of the process under their usual names', async () => {
  const { contentType, text } = await createMetrics('example', '0').exposition()
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
  for (const name of ['process_start_time_seconds', 'process_resident_memory_bytes', 'process_cpu_seconds_total']) {
    const value = Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    expect(value, name).toBeGreaterThan(0)
  }
})

it('shows how long the event loop was blocked', async () => {
  const metrics = createMetrics('example', '0')
  const longest = async () => Number((await samples(metrics, 'nodejs_eventloop_lag_max_seconds '))[0]?.split(' ')[1])
  await nextTurn()
  const untilMs = performance.now() + 30
  while (performance.now() < untilMs);
  await nextTurn()
  expect(await longest()).toBeGreaterThanOrEqual(0.03)
})

it('throws at once for a name that breaks the rules', () => {
  const metrics = createMetrics('example', '0')
  expect(() => metrics.counter('requests', 'Requests.')).toThrow('the counter "requests" does not end in _total')
})

it('keeps two sidecars in one process apart', async () => {
  const [one, two] = [createMetrics('one', '0'), createMetrics('two', '0')]
  one.counter('requests_total', 'Requests.').inc()
  expect(await samples(two, 'podmates_one')).toEqual([])
})
