import { execFileSync } from 'node:child_process'
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { expect, it } from 'vitest'
import { createAppMetrics } from './app-metrics.ts'

const noDeadline = new AbortController().signal

/** Runs to its end while this process waits for it, so that nobody empties the socket's buffer meanwhile. */
const sendDatagrams = `
  const socket = require('node:dgram').createSocket('udp4')
  const [port, count, samples] = process.argv.slice(1).map(Number)
  const datagram = 'flood:1|c\\n'.repeat(samples)
  let left = count
  const next = () => (left-- > 0 ? socket.send(datagram, port, '127.0.0.1', next) : socket.close())
  next()`

// `podmate status` said "0 lost" after a flood of which the kernel had dropped half: only the metric knew.
it.skipIf(process.platform !== 'linux')(
  'the figures tell the datagrams that the kernel dropped: received and dropped are all that was sent',
  async () => {
    const [sent, samplesEach] = [400, 6000]
    const port = await freePort()
    const appMetrics = createAppMetrics(
      {
        statsd: { udp: { host: '127.0.0.1', port }, signedGauge: 'delta' },
        labels: {},
        limits: { series: 10, seriesPerMetric: 10, ttl: 0 },
        expose: { address: { host: '127.0.0.1', port: 0 }, path: '/metrics' },
      },
      { clock: systemClock, log: recordingLog(), metrics: createMetrics('adapter', '0') },
    )
    const udp = appMetrics.parts.find(({ name }) => name.startsWith('statsd udp'))
    await udp?.start?.(noDeadline)
    execFileSync(process.execPath, ['-e', sendDatagrams, String(port), String(sent), String(samplesEach)])
    const { kernelDrops } = appMetrics.figures()
    expect(kernelDrops).toBeGreaterThan(0)

    await udp?.stop?.(noDeadline)
    expect(appMetrics.figures().samples / samplesEach + kernelDrops).toBe(sent)
  },
)
