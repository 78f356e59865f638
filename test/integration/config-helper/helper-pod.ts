/**
 * The config helper's image beside the Go app in what makes up a Pod: a pause container holds the network (and, where
 * asked for, the process ids), a directory stands for the ConfigMap, and another for the emptyDir between the two.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AtomicWriter, atomicWriter } from '@podmates/shared/testing/atomic-writer.ts'
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { dockerOrThrow, testLabel } from '../../docker/container.ts'
import { TestContainer } from '../../docker/test-container.ts'

const labels = { [testLabel]: 'config-helper' }
const adminPort = 19_002
const appPort = 8080

/** The user of our images; who runs the tests without being root uses his own, to be able to clean up. */
export const podUser = process.getuid?.() === 0 ? '65532:65532' : `${process.getuid?.()}:${process.getgid?.()}`

export interface HelperPodOptions {
  /** Content of the ConfigMap at the start; none: its directory is empty. */
  readonly files?: Readonly<Record<string, string>>
  /** `shareProcessNamespace` of the Pod. */
  readonly sharesProcesses?: boolean
  /** `runAsUser` of the app. */
  readonly appUser?: string
}

export interface HelperPod extends AsyncDisposable {
  readonly configMap: AtomicWriter
  /** The emptyDir on the host. */
  readonly output: string
  /** @param config its text. @param waitFor a log line, by its message; default `started` */
  startHelper(config: string, waitFor?: string): Promise<Helper>
  startApp(): Promise<StartedTestContainer>
  /** What the app says of its configuration. */
  appState(): Promise<{ readonly hash: string; readonly error: string }>
}

export interface Helper {
  readonly container: StartedTestContainer
  /** GETs a path of its admin server; the status alone. */
  probe(path: string): Promise<number>
  /** `podmate status -o json` */
  status(): Promise<Record<string, Record<string, unknown>>>
  lines(): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** SIGTERM, as `docker stop` sends it. @returns the exit code */
  stop(): Promise<number>
}

/** What is in the Pod is removed with it, also when it was only half built. */
export async function startHelperPod(options: HelperPodOptions = {}): Promise<HelperPod> {
  const cleanUp = new AsyncDisposableStack()
  try {
    return await buildPod(options, cleanUp)
  } catch (error) {
    await cleanUp.disposeAsync()
    throw error
  }
}

async function buildPod(options: HelperPodOptions, cleanUp: AsyncDisposableStack): Promise<HelperPod> {
  const folder = await mkdtemp(join(tmpdir(), 'podmates-helper-'))
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }))
  const [source, output, settings] = ['source', 'output', 'settings'].map((name) => join(folder, name)) as Folders
  await chmod(folder, 0o755)
  for (const each of [source, output, settings]) await mkdir(each)
  await chmod(output, 0o777)
  const configMap = atomicWriter(source)
  if (options.files !== undefined) await configMap.write(options.files)

  const running = async (container: GenericContainer): Promise<StartedTestContainer> => {
    const started = await container.withLabels(labels).start()
    cleanUp.defer(async () => void (await started.stop()))
    return started
  }
  const pause = await running(
    new TestContainer('podmates/pause:dev').withExposedPorts(adminPort, appPort).withWaitStrategy(Wait.forAll([])), // it only holds namespaces: running is all that it can be
  )
  const url = (port: number, path: string): string => `http://${pause.getHost()}:${pause.getMappedPort(port)}${path}`
  const inPod = (image: string, user: string): PodContainer =>
    new PodContainer(image).joining(pause.getId(), options.sharesProcesses === true).withUser(user)

  return {
    configMap,
    output,
    startHelper: async (config, waitFor = 'started') => {
      await writeFile(join(settings, 'config-helper.yaml'), config)
      const container = inPod('podmates/config-helper:dev', podUser)
        .withBindMounts([
          { source: settings, target: '/etc/podmates', mode: 'ro' },
          { source, target: '/sources/app', mode: 'ro' },
          { source: output, target: '/config', mode: 'rw' },
        ])
        .withWaitStrategy(Wait.forLogMessage(`"msg":"${waitFor}"`))
      return helperIn(await running(container), (path) => url(adminPort, path))
    },
    startApp: () =>
      running(
        inPod('podmates/checkout:dev', options.appUser ?? podUser)
          .withCommand(['-log-file', ''])
          .withBindMounts([{ source: output, target: '/config', mode: 'ro' }])
          .withWaitStrategy(Wait.forLogMessage('"msg":"started"')),
      ),
    appState: async () => JSON.parse(await (await fetch(url(appPort, '/-/config'))).text()),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  }
}

type Folders = [source: string, output: string, settings: string]

/** What Testcontainers leaves out of a Pod's security context and namespaces. */
class PodContainer extends GenericContainer {
  joining(holder: string, sharesProcesses: boolean): this {
    this.withNetworkMode(`container:${holder}`)
    if (sharesProcesses) this.hostConfig.PidMode = `container:${holder}`
    this.hostConfig.ReadonlyRootfs = true
    return this.withDroppedCapabilities('ALL').withSecurityOpt('no-new-privileges')
  }
}

function helperIn(container: StartedTestContainer, url: (path: string) => string): Helper {
  const id = container.getId()
  return {
    container,
    probe: async (path) => (await fetch(url(path))).status,
    status: async () => JSON.parse((await container.exec(['podmate', 'status', '-o', 'json'])).stdout),
    lines: async () => {
      const output = await dockerOrThrow(['logs', id])
      return output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line))
    },
    stop: async () => {
      await dockerOrThrow(['stop', '--time', '10', id])
      return Number(await dockerOrThrow(['inspect', '--format', '{{.State.ExitCode}}', id]))
    },
  }
}
