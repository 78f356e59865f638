/**
 * Leaves out what a package loads at its start and no sidecar uses: prom-client's pushgateway brings TLS, HTTPS and
 * zlib into every process, its default metrics are replaced by `shared/metrics/process-metrics.ts`. Measured 1.8 MB.
 */
import type { Plugin } from 'rolldown'

const prometheusClient = /@prometheus-io\/client\/index\.js$/
const unused: ReadonlySet<string> = new Set(['./lib/pushgateway', './lib/defaultMetrics'])
const marker = '\0unused:'

export const withoutUnusedParts: Plugin = {
  name: 'without-unused-parts',
  resolveId: (id, importer) =>
    unused.has(id) && importer !== undefined && prometheusClient.test(importer) ? `${marker}${id}` : null,
  load: (id) => (id.startsWith(marker) ? 'module.exports = undefined' : null),
}
