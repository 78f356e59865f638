/** The ambassador's image in front of Go inventories that misbehave on command, on a network of their own. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { type GenericContainer, Network, type StartedNetwork, type StartedTestContainer, Wait } from 'testcontainers'
import { until } from '../../conformance/until.ts'
import { dockerOrThrow, testLabel } from '../../docker/container.ts'
import { TestContainer } from '../../docker/test-container.ts'

export const ambassadorImage = 'podmates/ambassador:dev'
const inventoryImage = 'podmates/inventory:dev'
const labels = { [testLabel]: 'ambassador' }

export interface Inventory {
  readonly container: StartedTestContainer
  /** `host:port` at which the ambassador finds it. */
  readonly address: string
  /** Sets how it misbehaves from now on; the form is in test/apps/README.md. */
  behave(behaviour: object): Promise<void>
  stats(): Promise<InventoryStats>
  /** How many requests have reached it, health checks left out. */
  received(): Promise<number>
}

/** What it has counted since its start; test/apps/README.md. */
export interface InventoryStats {
  readonly requests: number
  readonly connections: number
  readonly byRequest: Readonly<Record<string, number>>
  readonly byOutcome: Readonly<Record<string, number>>
  readonly inFlightMax: number
  readonly abandoned: number
  readonly openConnections: number
  readonly streamedBytes: number
}

export interface Ambassador {
  readonly container: StartedTestContainer
  /** `http://host:port` of its listener. */
  readonly url: string
  readonly port: number
  /** `http://host:port` of its admin server. */
  readonly admin: string
  /** Its log lines so far, parsed. */
  lines(): Promise<Record<string, unknown>[]>
  /** The log lines of the requests to one upstream so far, once there are as many; they are written together, a moment later. */
  requests(upstream: string, count: number): Promise<Record<string, unknown>[]>
  /** The value of one series, 0 when it is not there. @param series without the prefix */
  metric(series: string): Promise<number>
  /** The memory of its process that is in RAM. */
  residentBytes(): Promise<number>
}

export interface Stage extends AsyncDisposable {
  readonly inventories: readonly Inventory[]
  readonly ambassador: Ambassador
}

export interface StageOptions {
  /** Names of the inventories; each is also an alias of its container on the network, and `inventory` of all. */
  readonly inventories: readonly string[]
  /** The configuration, from the addresses of the inventories and the port that its listener shall have. */
  readonly config: (addresses: readonly string[], port: number) => string
  /**
   * `network`: everything on one network, the listener published, hence inbound. `host`: the ambassador in the
   * network of the host as it is in that of a Pod, hence outbound.
   */
  readonly where?: 'network' | 'host'
  /** The most memory that the ambassador's container may take; beyond it the kernel ends it. */
  readonly memoryMiB?: number
  /** Folders of this machine, and where the ambassador finds them. */
  readonly mounts?: Readonly<Record<string, string>>
}

/** What is on the stage is removed with it, also when it was only half built. */
export async function startStage({
  inventories: names,
  config,
  where = 'network',
  ...limits
}: StageOptions): Promise<Stage> {
  await using cleanUp = new AsyncDisposableStack()
  const network = await new Network().start()
  cleanUp.defer(async () => void (await network.stop()))
  const started = await Promise.allSettled(names.map((name) => startInventory(name, network, where)))
  const inventories: Inventory[] = []
  for (const each of started) {
    if (each.status === 'rejected') throw each.reason
    cleanUp.defer(async () => void (await each.value.container.stop()))
    inventories.push(each.value)
  }
  const addresses = inventories.map((inventory) => inventory.address)
  const start = where === 'host' ? startOnHost : startOnNetwork
  const imageOf = (text: string): Promise<GenericContainer> => ambassadorContainer(text, limits, cleanUp)
  const ambassador = await start((port) => imageOf(config(addresses, port)), network, cleanUp)
  const whole = cleanUp.move()
  return { inventories, ambassador, [Symbol.asyncDispose]: () => whole.disposeAsync() }
}

async function startInventory(name: string, network: StartedNetwork, where: StageOptions['where']): Promise<Inventory> {
  const container = await new TestContainer(inventoryImage)
    .withNetwork(network)
    .withNetworkAliases(name, 'inventory')
    .withEnvironment({ REPLICA: name })
    .withExposedPorts(8080, 8081)
    .withLabels(labels)
    .withWaitStrategy(Wait.forHttp('/healthz', 8080))
    .start()
  const control = `http://${container.getHost()}:${container.getMappedPort(8081)}`
  const stats = async (): Promise<InventoryStats> =>
    (await fetch(`${control}/-/stats`)).json() as Promise<InventoryStats>
  return {
    container,
    address: where === 'host' ? `127.0.0.1:${container.getMappedPort(8080)}` : `${name}:8080`,
    behave: async (behaviour) => {
      const answer = await fetch(`${control}/-/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) })
      if (!answer.ok) throw new Error(await answer.text())
    },
    stats,
    received: async () => {
      const { requests, byRequest } = await stats()
      return requests - (byRequest['GET /healthz'] ?? 0)
    },
  }
}

type ImageOf = (port: number) => Promise<GenericContainer>

/** Beside the inventories, its ports published. */
async function startOnNetwork(
  imageOf: ImageOf,
  network: StartedNetwork,
  cleanUp: AsyncDisposableStack,
): Promise<Ambassador> {
  const image = await imageOf(15_010)
  const container = await image
    .withNetwork(network)
    .withExposedPorts(15_010, 19_001)
    .withWaitStrategy(Wait.forHttp('/startupz', 19_001))
    .start()
  cleanUp.defer(async () => void (await container.stop()))
  const at = (port: number): string => `http://${container.getHost()}:${container.getMappedPort(port)}`
  return handleOf(container, { url: at(15_010), admin: at(19_001), port: container.getMappedPort(15_010) })
}

/** In the network of the host, as it would be in that of a Pod, on ports that are free there. */
async function startOnHost(
  imageOf: ImageOf,
  _network: StartedNetwork,
  cleanUp: AsyncDisposableStack,
): Promise<Ambassador> {
  const [port, adminPort] = [await freePort(), await freePort()]
  const image = await imageOf(port)
  const container = await image
    .withNetworkMode('host')
    .withCommand(['run', '--admin', `127.0.0.1:${adminPort}`])
    .withEnvironment({ PODMATES_ADMIN: `127.0.0.1:${adminPort}` })
    .withWaitStrategy(Wait.forLogMessage(/"msg":"started"/))
    .start()
  cleanUp.defer(async () => void (await container.stop()))
  return handleOf(container, { url: `http://127.0.0.1:${port}`, admin: `http://127.0.0.1:${adminPort}`, port })
}

function handleOf(container: StartedTestContainer, at: Pick<Ambassador, 'url' | 'admin' | 'port'>): Ambassador {
  const sampleOf = async (name: string): Promise<number | undefined> => {
    const text = await (await fetch(`${at.admin}/metrics`)).text()
    const line = text.split('\n').find((each) => each.startsWith(`${name} `))
    return line === undefined ? undefined : Number(line.split(' ').at(-1))
  }
  return {
    ...at,
    container,
    lines: () => linesOf(container.getId()),
    requests: async (upstream, count) => {
      let found: Record<string, unknown>[] = []
      await until(`${count} log lines of requests to ${upstream}`, async () => {
        const lines = await linesOf(container.getId())
        found = lines.filter((line) => line.msg === 'request' && line.upstream === upstream)
        return found.length >= count
      })
      return found
    },
    metric: async (series) => (await sampleOf(`podmates_ambassador_${series}`)) ?? 0,
    residentBytes: async () => {
      const bytes = await sampleOf('process_resident_memory_bytes')
      if (bytes === undefined) throw new Error('the metrics do not tell the memory of the process')
      return bytes
    },
  }
}

/** The image with a configuration, as restricted as our manifests have it. */
async function ambassadorContainer(
  config: string,
  { mounts = {}, memoryMiB }: Pick<StageOptions, 'mounts' | 'memoryMiB'>,
  cleanUp: AsyncDisposableStack,
): Promise<GenericContainer> {
  const folder = cleanUp.use(await configFolder(config))
  const image = new TestContainer(ambassadorImage)
  if (memoryMiB !== undefined) image.withResourcesQuota({ memory: memoryMiB / 1024 })
  return image
    .withBindMounts([
      { source: folder.path, target: '/etc/podmates', mode: 'ro' },
      ...Object.entries(mounts).map(([source, target]) => ({ source, target, mode: 'rw' as const })),
    ])
    .withLabels(labels)
    .withDroppedCapabilities('ALL')
    .withSecurityOpt('no-new-privileges')
}

/** A folder with one configuration, for `/etc/podmates`. */
export async function configFolder(config: string): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'podmates-'))
  await writeFile(join(path, 'ambassador.yaml'), config)
  // The image's user is not the one who runs the test.
  await chmod(path, 0o755)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

async function linesOf(id: string): Promise<Record<string, unknown>[]> {
  const text = await dockerOrThrow(['logs', id])
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
