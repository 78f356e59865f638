/** nginx with one worker, as Debian packages it. It has no active health checks: only failed requests count. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debianProgram } from '../../../../tools/setup/debian-program.ts'
import { attempts, type Balancer, failuresInARow, type Job, type Peer, requestTimeoutS, versionOf } from './peer.ts'

const balancers: Readonly<Partial<Record<Balancer, string>>> = {
  'two-choices': 'random two least_conn;',
  'round-robin': '',
}

export const nginx: Peer = {
  name: 'nginx',
  balancers: ['two-choices', 'round-robin'],
  // The master only waits; the work is done by its one child.
  workerPid: (pid) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]),
  ready: async () => {
    const missing = await debianProgram('nginx')
    return missing ?? { version: versionOf('nginx', ['-v'], /nginx\/([\d.]+)/) ?? 'unknown' }
  },
  command: async (job) => {
    const file = join(job.folder, 'nginx.conf')
    writeFileSync(file, config(job))
    return ['nginx', '-c', file, '-p', job.folder, '-e', 'stderr']
  },
}

const config = ({ port, adminPort, endpoints, balancer, folder }: Job): string => `
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log /dev/stdout combined;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  upstream bench {
    zone bench 128k;
    ${balancers[balancer]}
${endpoints.map((endpoint) => `    server ${endpoint} max_fails=${failuresInARow} fail_timeout=10s;`).join('\n')}
    keepalive 256;
    keepalive_requests 100000000;
  }
  server { listen 127.0.0.1:${adminPort}; access_log off; location /metrics { stub_status; } }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 100000000;
    keepalive_timeout 1h;
    location / {
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_connect_timeout 1s;
      proxy_read_timeout ${requestTimeoutS}s;
      proxy_next_upstream error timeout http_502 http_503 http_504;
      proxy_next_upstream_tries ${attempts};
      proxy_pass http://bench;
    }
  }
}
`
