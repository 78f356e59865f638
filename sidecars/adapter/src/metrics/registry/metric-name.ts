/** From the names that apps choose to names that Prometheus takes, as statsd_exporter does it, so that dashboards stay. */

/** A digit in front gets a `_` before it; a run of `-`, or any other character that is not allowed, becomes one `_`. */
export function metricName(name: string): string {
  const plain = name.replaceAll(/-+|[^A-Za-z0-9_]/gu, '_')
  return /^\d/.test(plain) ? `_${plain}` : plain
}

/** Labels with a meaning of their own for Prometheus, which a tag must not take over. */
const takenLabels = new Set(['le', 'quantile'])

/** Like a metric's name; a name that Prometheus keeps for itself gets `tag_` before it. */
export function labelName(name: string): string {
  const plain = metricName(name)
  return takenLabels.has(plain) || plain.startsWith('__') ? `tag_${plain}` : plain
}
