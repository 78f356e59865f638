/** The init waiter's image beside dependencies that come late or never, on a network of their own. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Network, type StartedNetwork, Wait } from 'testcontainers'
import { until } from '../../conformance/until.ts'
import { docker, dockerOrThrow, testLabel } from '../../docker/container.ts'
import { TestContainer } from '../../docker/test-container.ts'

const labels = { [testLabel]: 'init-waiter' }

export interface Waiter {
  readonly id: string
  /** Resolves with the exit code when it has ended. */
  ended(): Promise<number>
  kill(signal: string): Promise<void>
  /** Its log lines so far, parsed. */
  lines(): Promise<Record<string, unknown>[]>
  /** Waits until a line with this message is there. */
  line(message: string): Promise<Record<string, unknown>>
  stderr(): Promise<string>
  /** What the kubelet would show in `kubectl describe pod`. */
  terminationMessage(): Promise<string>
}

export interface WaiterOptions {
  readonly args?: readonly string[]
  /** The text of /etc/podmates/init-waiter.yaml. */
  readonly config?: string
}

export interface WaiterStage extends AsyncDisposable {
  waiter(options: WaiterOptions): Promise<Waiter>
  /** Starts a Go inventory under this name; HTTP on 8080. */
  inventory(name: string): Promise<void>
}

/** An empty network; whatever is put on it is removed with it. */
export async function startStage(): Promise<WaiterStage> {
  await using cleanUp = new AsyncDisposableStack()
  const network = await new Network().start()
  cleanUp.defer(async () => void (await network.stop()))
  const whole = cleanUp.move()
  return {
    waiter: (options) => startWaiter(options, network, whole),
    inventory: async (name) => {
      const container = await new TestContainer('podmates/inventory:dev')
        .withNetwork(network)
        .withNetworkAliases(name)
        .withEnvironment({ REPLICA: name })
        .withLabels(labels)
        .withExposedPorts(8080)
        .withWaitStrategy(Wait.forHttp('/healthz', 8080))
        .start()
      whole.defer(async () => void (await container.stop()))
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  }
}

/** As restricted as our manifests have it, with a termination message file as the kubelet mounts it. */
async function startWaiter(
  { args = [], config }: WaiterOptions,
  network: StartedNetwork,
  cleanUp: AsyncDisposableStack,
): Promise<Waiter> {
  const folder = await mkdtemp(join(tmpdir(), 'podmates-'))
  cleanUp.defer(() => rm(folder, { recursive: true }))
  const message = join(folder, 'termination-log')
  await writeFile(message, '')
  // The image's user is not the one who runs the test.
  await chmod(folder, 0o755)
  await chmod(message, 0o666)
  const mounts = [{ source: message, target: '/dev/termination-log', mode: 'rw' as const }]
  if (config !== undefined) {
    const file = join(folder, 'init-waiter.yaml')
    await writeFile(file, config)
    mounts.push({ source: file, target: '/etc/podmates/init-waiter.yaml', mode: 'rw' as const })
  }
  const container = await new TestContainer('podmates/init-waiter:dev')
    .withNetwork(network)
    .withCommand([...args])
    .withBindMounts(mounts)
    .withLabels(labels)
    .withDroppedCapabilities('ALL')
    .withSecurityOpt('no-new-privileges')
    .withWaitStrategy(Wait.forLogMessage(/./))
    .start()
  const id = container.getId()
  cleanUp.defer(async () => void (await container.stop()))
  const lines = async (): Promise<Record<string, unknown>[]> => parsed((await docker(['logs', id])).stdout)
  return {
    id,
    lines,
    ended: async () => Number(await dockerOrThrow(['wait', id])),
    kill: async (signal) => void (await dockerOrThrow(['kill', '--signal', signal, id])),
    line: async (wanted) => {
      let found: Record<string, unknown> | undefined
      await until(`the line "${wanted}"`, async () => {
        found = (await lines()).find((line) => line.msg === wanted)
        return found !== undefined
      })
      return found ?? {}
    },
    stderr: async () => (await docker(['logs', id])).stderr,
    terminationMessage: () => readFile(message, 'utf8'),
  }
}

function parsed(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
