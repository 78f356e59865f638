/** The statsd_exporter of the Prometheus project: what the adapter's StatsD side is compared with, in meaning and in speed. */
import { goTool } from './go.ts'

/**
 * @returns the path of the program, built unless it is there
 * @throws Error when Go is missing, with how to get it
 */
export function statsdExporter(): Promise<string> {
  const module = 'github.com/prometheus/statsd_exporter@v0.31.0'
  return goTool({ name: 'statsd_exporter', module, package: '.', ldflags: '' }, 'about a minute')
}
