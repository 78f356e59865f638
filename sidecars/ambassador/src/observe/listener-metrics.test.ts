import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { expect, it } from 'vitest'
import { listenerMetrics } from './upstream-metrics.ts'

it('counts the connections that a listener has dropped, from 0 on and once each, however often it is asked', async () => {
  const metrics = createMetrics('ambassador', '0.0.0')
  const listener = { label: 'app', connections: 7, dropped: 0 }
  listenerMetrics([listener], metrics)
  const value = async () => {
    const { text } = await metrics.exposition()
    return /^podmates_ambassador_client_connections_dropped_total\{listener="app"\} (\d+)$/m.exec(text)?.[1]
  }
  expect(await value()).toBe('0')
  listener.dropped = 3
  expect([await value(), await value()]).toEqual(['3', '3'])
  listener.dropped = 5
  expect(await value()).toBe('5')
})
