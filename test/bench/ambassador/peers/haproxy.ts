/** HAProxy with one thread, as Debian packages it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debianProgram } from '../../../../tools/setup/debian-program.ts'
import {
  attempts,
  type Balancer,
  failuresInARow,
  healthIntervalS,
  type Job,
  ownPid,
  type Peer,
  requestTimeoutS,
  versionOf,
} from './peer.ts'

const balancers: Readonly<Partial<Record<Balancer, string>>> = {
  'two-choices': 'random(2)',
  'round-robin': 'roundrobin',
}

export const haproxy: Peer = {
  name: 'haproxy',
  balancers: ['two-choices', 'round-robin'],
  workerPid: ownPid,
  ready: async () => {
    const missing = await debianProgram('haproxy')
    return missing ?? { version: versionOf('haproxy', ['-v'], /version (\d+\.\d+\.\d+)/) ?? 'unknown' }
  },
  command: async (job) => {
    const file = join(job.folder, 'haproxy.cfg')
    writeFileSync(file, config(job))
    return ['haproxy', '-db', '-f', file]
  },
}

const config = ({ port, adminPort, endpoints, balancer }: Job): string => `
global
  nbthread 1
  log stdout format raw local0 info
defaults
  mode http
  log global
  option httplog
  timeout connect 1s
  timeout client 1h
  timeout server ${requestTimeoutS}s
  retries ${attempts - 1}
  retry-on conn-failure empty-response 502 503 504
  option redispatch 1
frontend metrics
  bind 127.0.0.1:${adminPort}
  option dontlog-normal
  http-request use-service prometheus-exporter if { path /metrics }
frontend bench
  bind 127.0.0.1:${port}
  default_backend bench
backend bench
  balance ${balancers[balancer]}
  option httpchk GET /healthz
  default-server check inter ${healthIntervalS}s fall 3 rise 2 maxconn 1000 observe layer7 error-limit ${failuresInARow} on-error mark-down
${endpoints.map((endpoint, index) => `  server e${index} ${endpoint}`).join('\n')}
`
