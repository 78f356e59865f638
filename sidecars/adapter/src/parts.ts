/** The adapter in one table of contents: metrics (input -> registry -> exposition), logs (tail -> parse -> sink). */
import type { SidecarParts, SidecarWorld } from '@podmates/shared/cli/sidecar-parts.ts'
import type { AdapterConfig } from './config.ts'
import { createLogs } from './logs/logs-part.ts'
import { createStreamSink } from './logs/sink/stream-sink.ts'
import { createAppMetrics } from './metrics/app-metrics.ts'

export function createParts(config: AdapterConfig, { clock, log, metrics, life }: SidecarWorld): SidecarParts {
  const appMetrics = createAppMetrics(config.metrics, { clock, log, metrics })
  const logs = createLogs(
    { ...config.logs, checkpointDir: config.logs.checkpoint?.dir },
    { clock, log, metrics, sink: createStreamSink(process.stdout), fail: life.fail },
  )
  return {
    // Stopped in reverse: what the app wrote last is read first, then what it sent last, while the page still answers.
    parts: [...appMetrics.parts, ...logs.parts],
    status: () => {
      const { lines, samples, lost, series, kernelDrops } = appMetrics.figures()
      const read = logs.figures()
      return [
        {
          topic: 'metrics',
          text: `${series} series of ${samples} samples in ${lines} lines; ${lost} lost, ${kernelDrops} datagrams dropped by the kernel`,
          facts: { series, samples, lines, lost, kernel_drops: kernelDrops },
        },
        {
          topic: 'logs',
          text: `${read.lines} lines of ${read.files} files written; ${read.lagBytes} bytes waiting`,
          facts: { lines: read.lines, files: read.files, lag_bytes: read.lagBytes },
        },
      ]
    },
  }
}
