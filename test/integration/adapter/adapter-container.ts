/** The adapter's image with a directory of log files and one for its checkpoint, as in a Pod. */
import { createSocket } from 'node:dgram'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StartedTestContainer, Wait } from 'testcontainers'
import { until } from '../../conformance/until.ts'
import { docker, dockerOrThrow, testLabel } from '../../docker/container.ts'
import { TestContainer } from '../../docker/test-container.ts'

const labels = { [testLabel]: 'adapter' }

/** A log record as the adapter writes it. */
export interface LogRecord {
  readonly timestamp?: string
  readonly severity_text?: string
  readonly severity_number: number
  readonly body: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface AdapterStage extends AsyncDisposable {
  readonly container: StartedTestContainer
  readonly id: string
  /** The directory that the container sees as /var/log/app. */
  readonly logs: string
  /** Sends each text as one datagram. */
  udp(...packets: readonly string[]): Promise<void>
  /** Sends the text over one connection, and ends it. */
  tcp(text: string): Promise<void>
  /** The samples that Prometheus would scrape, by name and labels. */
  scrape(): Promise<Readonly<Record<string, number>>>
  /** One of its own metrics, without the prefix. */
  own(series: string): Promise<number>
  records(): Promise<LogRecord[]>
  /** What it says about itself. */
  lines(): Promise<Readonly<Record<string, unknown>>[]>
  kill(): Promise<void>
  start(): Promise<void>
  /** SIGTERM, as the kubelet sends it. @returns the exit code */
  stop(): Promise<number>
  /** A container in the adapter's own network, with its log directory: the app of the Pod. */
  app(environment: Readonly<Record<string, string>>): Promise<{ get(path: string): Promise<number> }>
}

/** @param config the text of /etc/podmates/adapter.yaml; without it there is no file */
export async function startAdapter(config?: string): Promise<AdapterStage> {
  await using cleanUp = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'podmates-adapter-'))
  cleanUp.defer(() => rm(folder, { recursive: true }))
  const [logs, state, settings, appSettings] = ['logs', 'state', 'settings', 'app'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string]
  // The image's user is not the one who runs the test.
  await chmod(folder, 0o755)
  for (const directory of [logs, state, settings, appSettings]) {
    await mkdir(directory)
    await chmod(directory, 0o777)
  }
  if (config !== undefined) await writeFile(join(settings, 'adapter.yaml'), config)

  await writeFile(join(appSettings, 'app.yaml'), 'greeting: hello\n')

  const container = await new TestContainer('podmates/adapter:dev')
    .withBindMounts([
      { source: logs, target: '/var/log/app', mode: 'ro' },
      { source: state, target: '/state', mode: 'rw' },
      { source: settings, target: '/etc/podmates', mode: 'ro' },
    ])
    .withLabels(labels)
    .withDroppedCapabilities('ALL')
    .withSecurityOpt('no-new-privileges')
    .withExposedPorts(8080, 9102, 19_003, '9125/tcp', '9125/udp')
    .withWaitStrategy(Wait.forHttp('/startupz', 19_003))
    .start()
  cleanUp.defer(async () => void (await container.stop()))
  const whole = cleanUp.move()
  const id = container.getId()
  let kills = 0
  // Published ports change when a container starts again.
  const at = async (port: string): Promise<string> =>
    (await dockerOrThrow(['port', id, port])).split('\n')[0]?.trim() ?? ''
  const page = async (port: string): Promise<string> => (await fetch(`http://${await at(port)}/metrics`)).text()
  const objects = async (): Promise<Record<string, unknown>[]> => parsed((await docker(['logs', id])).stdout, kills)

  return {
    container,
    id,
    logs,
    udp: async (...packets) => sendDatagrams(await at('9125/udp'), packets),
    tcp: async (text) => sendStream(await at('9125/tcp'), text),
    scrape: async () => samplesOf(await page('9102/tcp')),
    own: async (series) => samplesOf(await page('19003/tcp'))[`podmates_adapter_${series}`] ?? 0,
    records: async () => (await objects()).filter(isRecord),
    lines: async () => (await objects()).filter((line) => !isRecord(line)),
    kill: async () => {
      kills += 1
      await dockerOrThrow(['kill', '--signal', 'KILL', id])
      await dockerOrThrow(['wait', id])
    },
    start: async () => {
      await dockerOrThrow(['start', id])
      await until('the adapter to start again', async () => {
        const address = await at('19003/tcp')
        return (await fetch(`http://${address}/startupz`).catch(() => undefined))?.status === 200
      })
    },
    stop: async () => {
      await dockerOrThrow(['stop', '--time', '5', id])
      return Number(await dockerOrThrow(['inspect', '--format', '{{.State.ExitCode}}', id]))
    },
    app: async (environment) => {
      const app = await new TestContainer('podmates/checkout:dev')
        .withNetworkMode(`container:${id}`)
        .withBindMounts([
          { source: logs, target: '/var/log/app', mode: 'rw' },
          { source: appSettings, target: '/config', mode: 'ro' },
        ])
        .withEnvironment({ ...environment })
        .withLabels(labels)
        .withWaitStrategy(Wait.forLogMessage(/./))
        .start()
      whole.defer(async () => void (await app.stop()))
      await until('the app', async () => {
        const address = await at('8080/tcp')
        return (await fetch(`http://${address}/healthz`).catch(() => undefined))?.status === 200
      })
      return { get: async (path) => (await fetch(`http://${await at('8080/tcp')}${path}`)).status }
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  }
}

/** Records and the adapter's own lines share stdout; only its own lines name the sidecar. */
function isRecord(line: Record<string, unknown>): line is Record<string, unknown> & LogRecord {
  return !('sidecar' in line)
}

/** @param brokenMax how many lines may be cut: SIGKILL ends the process in the middle of one, which comes again whole */
function parsed(stdout: string, brokenMax: number): Record<string, unknown>[] {
  let broken = 0
  return stdout.split('\n').flatMap((line) => {
    if (line === '') return []
    try {
      return [JSON.parse(line) as Record<string, unknown>]
    } catch (error) {
      broken += 1
      if (broken > brokenMax) throw error
      return []
    }
  })
}

function samplesOf(page: string): Record<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

function hostAndPort(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at).replace('0.0.0.0', '127.0.0.1'), port: Number(address.slice(at + 1)) }
}

async function sendDatagrams(address: string, packets: readonly string[]): Promise<void> {
  const { host, port } = hostAndPort(address)
  const socket = createSocket('udp4')
  for (const packet of packets) {
    await new Promise<void>((resolve, reject) => {
      socket.send(packet, port, host, (error) => (error ? reject(error) : resolve()))
    })
  }
  socket.close()
}

function sendStream(address: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(hostAndPort(address))
    socket.once('error', reject)
    socket.once('close', () => resolve())
    socket.resume()
    socket.end(text)
  })
}
