import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { expect, it } from 'vitest'
import { createIntakeMetrics } from './intake-metrics.ts'

function newCounts() {
  const clock = fakeClock()
  const log = recordingLog()
  const metrics = createMetrics('adapter', '0')
  const counts = createIntakeMetrics({ clock, log, metrics })
  const scrape = async () =>
    (await metrics.exposition()).text.split('\n').filter((line) => line.startsWith('podmates_adapter_statsd_'))
  return { clock, log, counts, scrape }
}

it('adds up over scrapes, each line and sample once', async () => {
  const { counts, scrape } = newCounts()
  counts.line()
  counts.sample('ms')
  await scrape()
  counts.line()
  counts.sample('ms')
  counts.sample('c')
  expect(await scrape()).toEqual([
    'podmates_adapter_statsd_lines_total 2',
    'podmates_adapter_statsd_samples_total{type="counter"} 1',
    'podmates_adapter_statsd_samples_total{type="gauge"} 0',
    'podmates_adapter_statsd_samples_total{type="timer"} 2',
    'podmates_adapter_statsd_samples_total{type="histogram"} 0',
    'podmates_adapter_statsd_samples_total{type="distribution"} 0',
    'podmates_adapter_statsd_samples_total{type="set"} 0',
  ])
  expect(counts.totals()).toEqual({ lines: 2, samples: 3, lost: 0 })
})

it('warns of a reason once and then how often it came, and counts each', async () => {
  const { clock, log, counts, scrape } = newCounts()
  for (let n = 0; n < 5; n += 1) counts.invalid('malformed_value', () => 'foo:x|c')
  for (let n = 0; n < 3; n += 1) counts.refused('series_per_metric_limit', 'foo')
  await clock.advance(10_000)
  expect(log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
    { code: 'PM2401', reason: 'malformed_value' },
    { code: 'PM2402', reason: 'series_per_metric_limit', metric: 'foo' },
    { code: 'PM2401', reason: 'malformed_value', repeated: 4 },
    { code: 'PM2402', reason: 'series_per_metric_limit', metric: 'foo', repeated: 2 },
  ])
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'podmates_adapter_statsd_invalid_total{reason="malformed_value"} 5',
      'podmates_adapter_statsd_refused_samples_total{reason="series_per_metric_limit"} 3',
    ]),
  )
  expect(counts.totals().lost).toBe(8)
})

it('shows the line itself only at level debug', () => {
  const { log, counts } = newCounts()
  counts.invalid('malformed_value', () => 'foo:x|c')
  expect(log.lines.at(-1)).toMatchObject({ level: 'debug', fields: { line: 'foo:x|c' } })
})

/** The name was part of what told warnings apart: an app with an id in its metric names got a line for each sample. */
it('warns once of a reason however many metrics it drops, with one of them as an example', async () => {
  const { clock, log, counts } = newCounts()
  for (let id = 0; id < 500; id += 1) counts.refused('series_limit', `request_${id}`)
  await clock.advance(10_000)
  expect(log.lines.map(({ fields }) => fields)).toEqual([
    { code: 'PM2402', reason: 'series_limit', metric: 'request_0' },
    { code: 'PM2402', reason: 'series_limit', metric: 'request_499', repeated: 499 },
  ])
})
