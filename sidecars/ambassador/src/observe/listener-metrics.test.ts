import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { expect, it } from 'vitest'
import { listenerMetrics } from './upstream-metrics.ts'

it.each(['refused', 'dropped'] as const)(
  'counts the connections that a listener has %s, from 0 on and once each, however often it is asked',
  async (what) => {
    const metrics = createMetrics('ambassador', '0.0.0')
    const listener = { label: 'app', connections: 7, refused: 0, dropped: 0 }
    listenerMetrics([listener], metrics)
    const value = async () => {
      const { text } = await metrics.exposition()
      const series = new RegExp(
        `^podmates_ambassador_client_connections_${what}_total\\{listener="app"\\} (\\d+)$`,
        'm',
      )
      return series.exec(text)?.[1]
    }
    expect(await value()).toBe('0')
    listener[what] = 3
    expect([await value(), await value()]).toEqual(['3', '3'])
    listener[what] = 5
    expect(await value()).toBe('5')
  },
)
