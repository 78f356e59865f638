/** The proxies that are measured, each set up for the same job: one worker, keep-alive on both sides, no access log. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCommand } from '../start.ts'

export interface Peer {
  readonly name: string
  /** Its version, or undefined when it is not on this machine. */
  version(): string | undefined
  /** Starts it in front of the backend. @param folder for its files, removed afterwards */
  start(ports: { readonly port: number; readonly backendPort: number }, folder: string): ChildProcess
  /** The process that does the work. */
  workerPid(child: ChildProcess): number
}

/** How to get a peer that is missing. */
export const installHint = 'apt-get install --no-install-recommends haproxy nginx'

const ownPid = (child: ChildProcess): number => child.pid ?? 0

export const ambassador: Peer = {
  name: 'ambassador',
  version: () => JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')).version,
  workerPid: ownPid,
  start({ port, backendPort }, folder) {
    const file = join(folder, 'ambassador.yaml')
    writeFileSync(
      file,
      `listeners: { bench: { address: "127.0.0.1:${port}", upstream: bench } }
upstreams: { bench: { endpoints: ["127.0.0.1:${backendPort}"] } }
`,
    )
    return onFirstCore([...bundleCommand('ambassador'), 'run', '--config', file, '--admin', '127.0.0.1:0'])
  },
}

export const haproxy: Peer = {
  name: 'haproxy',
  version: () => versionIn('haproxy', ['-v'], /version ([\d.]+)/),
  workerPid: ownPid,
  start({ port, backendPort }, folder) {
    const file = join(folder, 'haproxy.cfg')
    writeFileSync(
      file,
      `global
  nbthread 1
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 15s
  retries 1
  option redispatch
  http-reuse safe
frontend bench
  bind 127.0.0.1:${port}
  default_backend bench
backend bench
  server a 127.0.0.1:${backendPort}
`,
    )
    return onFirstCore(['haproxy', '-db', '-f', file])
  },
}

export const nginx: Peer = {
  name: 'nginx',
  version: () => versionIn('nginx', ['-v'], /nginx\/([\d.]+)/),
  // The master only waits; the work is done by its one child.
  workerPid: (child) =>
    Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]),
  start({ port, backendPort }, folder) {
    const file = join(folder, 'nginx.conf')
    writeFileSync(
      file,
      `worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  upstream bench { server 127.0.0.1:${backendPort}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 100000000;
    location / {
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_connect_timeout 1s;
      proxy_read_timeout 15s;
      proxy_pass http://bench;
    }
  }
}
`,
    )
    return onFirstCore(['nginx', '-c', file, '-p', folder, '-e', 'stderr'])
  },
}

/** Runs a program on core 0 alone; the load has core 1. */
function onFirstCore(command: readonly string[]): ChildProcess {
  return spawn('taskset', ['--cpu-list', '0', ...command], { stdio: ['ignore', 'ignore', 'inherit'] })
}

function versionIn(program: string, args: readonly string[], pattern: RegExp): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  return error === undefined ? pattern.exec(stdout + stderr)?.[1] : undefined
}
