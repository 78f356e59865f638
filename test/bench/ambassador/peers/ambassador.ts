/** Ours, from the bundle that the image holds. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCommand } from '../../start.ts'
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

const rootFolder = join(import.meta.dirname, '../../../..')
const balancers: Readonly<Record<Balancer, string>> = {
  'two-choices': 'p2c',
  latency: 'ewma',
  'round-robin': 'round-robin',
}

/** @param access `all` as its peers log, `errors` as it does unless told otherwise */
export function ambassador(name: string, access: 'all' | 'errors'): Peer {
  return {
    name,
    balancers: ['two-choices', 'latency', 'round-robin'],
    workerPid: ownPid,
    ready: async () => {
      bundleCommand('ambassador')
      return { version: JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8')).version }
    },
    command: async (job) => {
      const file = join(job.folder, 'ambassador.yaml')
      writeFileSync(file, config(job, access))
      return [...bundleCommand('ambassador'), 'run', '--config', file, '--admin', `127.0.0.1:${job.adminPort}`]
    },
  }
}

const config = ({ port, endpoints, balancer }: Job, access: 'all' | 'errors'): string => `
log: { access: ${access} }
listeners:
  bench:
    address: 127.0.0.1:${port}
    routes:
      - upstream: bench
        timeout: ${requestTimeoutS}s
        retry: { attempts: ${attempts}, on: [connect, reset, 502, 503, 504], bodyBytes: 64KiB }
upstreams:
  bench:
    endpoints: ${JSON.stringify(endpoints)}
    balancer: ${balancers[balancer]}
    budget: { ratio: 0.2, minPerSecond: 3, window: 10s }
    breaker: { consecutive: ${failuresInARow} }
    outlier: { interval: 10s, maxEjected: 0.5, base: 30s }
    limits: { connections: 1000, requests: 1000, queue: 256, queueTimeout: 1s }
    health: { path: /healthz, interval: ${healthIntervalS}s, unhealthy: 3, healthy: 2 }
`
