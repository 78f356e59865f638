/**
 * Request fields by which a caller steers the Envoy that reads them (Envoy: HTTP header manipulation and router
 * filter). An edge takes them out of what comes from others, as Envoy does with requests that are not internal.
 */

/** Lower case. The two that an ambassador reads itself, `x-request-timeout` and `x-envoy-upstream-rq-timeout-ms`, are not here. */
export const envoyControls: ReadonlySet<string> = new Set([
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-max-retries',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-decorator-operation',
  'x-envoy-force-trace',
])
