/** StatsD into the adapter's image, exact values out of its page. */
import { expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { type LogRecord, startAdapter } from './adapter-container.ts'

const config = `
metrics:
  statsd: { udp: "0.0.0.0:9125", tcp: "0.0.0.0:9125" }
  labels: { app: shop }
  limits: { seriesPerMetric: 3 }
`

it('shows what came over UDP and TCP, in every dialect, to the last digit', async () => {
  await using adapter = await startAdapter(config)
  await adapter.udp(
    'requests:1|c|#route:/cart,code:200',
    'requests:2|c|#code:200,route:/cart\nrequests:1|c|@0.1|#route:/cart,code:500',
    'queue.depth:7|g\nqueue.depth:+3|g\nqueue.depth:-4|g',
    'request_time:120:80:5000|ms|#route:/cart|c:abc|card:low',
    'legacy,region=eu:5|c',
  )
  await adapter.tcp('requests:10|c|#route:/cart,code:200\nusers:alice|s\nusers:bob|s\nusers:alice|s')
  await until('all lines', async () => (await adapter.own('statsd_lines_total')) === 12)
  expect(await adapter.scrape()).toMatchObject({
    'requests{app="shop",code="200",route="/cart"}': 13,
    'requests{app="shop",code="500",route="/cart"}': 10,
    'queue_depth{app="shop"}': 6,
    'request_time_bucket{app="shop",route="/cart",le="0.1"}': 1,
    'request_time_bucket{app="shop",route="/cart",le="0.25"}': 2,
    'request_time_bucket{app="shop",route="/cart",le="5"}': 3,
    'request_time_bucket{app="shop",route="/cart",le="+Inf"}': 3,
    'request_time_sum{app="shop",route="/cart"}': 5.2,
    'request_time_count{app="shop",route="/cart"}': 3,
    'legacy{app="shop",region="eu"}': 5,
    'users{app="shop"}': 2,
  })
  expect(await adapter.own('statsd_samples_total{type="counter"}')).toBe(5)
  expect(await adapter.own('statsd_datagrams_total')).toBe(5)
  expect(await adapter.own('statsd_kernel_drops_total')).toBe(0)
})

it('counts what it cannot use, and the page stays whole', async () => {
  await using adapter = await startAdapter(config)
  const ids = Array.from({ length: 10 }, (_, id) => `requests:1|c|#id:${id}`)
  await adapter.tcp(['nonsense', 'a:x|c', 'a:1|c', 'a:1|g', ...ids, 'b:1|c', ''].join('\n'))
  await until('all lines', async () => (await adapter.own('statsd_lines_total')) === 15)
  expect(await adapter.scrape()).toEqual({
    'a{app="shop"}': 1,
    'requests{app="shop",id="0"}': 1,
    'requests{app="shop",id="1"}': 1,
    'requests{app="shop",id="2"}': 1,
    'b{app="shop"}': 1,
  })
  expect(await adapter.own('statsd_invalid_total{reason="malformed_line"}')).toBe(1)
  expect(await adapter.own('statsd_invalid_total{reason="malformed_value"}')).toBe(1)
  expect(await adapter.own('statsd_refused_samples_total{reason="type_conflict"}')).toBe(1)
  expect(await adapter.own('statsd_refused_samples_total{reason="series_per_metric_limit"}')).toBe(7)
})

it('works without any config file beside a Go app', async () => {
  await using adapter = await startAdapter()
  const app = await adapter.app({ STATSD_ADDRESS: '127.0.0.1:9125' })
  expect(await app.get('/quote?sku=lamp&quantity=1')).toBe(502) // there is no inventory
  await until('the sample', async () => 'checkout_requests{code="502",route="quote"}' in (await adapter.scrape()))
  expect(await adapter.scrape()).toMatchObject({
    'checkout_requests{code="502",route="quote"}': 1,
    'checkout_request_time_count{route="quote"}': 1,
  })
  const isRequest = (record: LogRecord): boolean => record.body === 'request failed'
  await until('its log record', async () => (await adapter.records()).some(isRequest))
  expect((await adapter.records()).find(isRequest)).toMatchObject({
    severity_text: 'ERROR',
    severity_number: 17,
    timestamp: expect.stringMatching(/Z$/),
    attributes: { route: 'quote', code: 502, 'log.file.path': '/var/log/app/checkout.log' },
  })
})
