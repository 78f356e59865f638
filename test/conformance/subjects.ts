/** The four images under test, each with the smallest config that makes it do its work. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Container, type ContainerOptions, dockerOrThrow, startContainer, testLabel } from '../docker/container.ts'
import { until } from './until.ts'

export type SubjectName = 'ambassador' | 'config-helper' | 'adapter' | 'init-waiter'

export interface Subject {
  readonly name: SubjectName
  readonly image: string
  /** Undefined for the init waiter, which serves nothing. */
  readonly adminPort?: number
  /** The TCP port that the app or its clients use, where there is one. */
  readonly dataPort?: number
  readonly config?: string
  readonly args?: readonly string[]
  /** Directories that it writes to, by their path in the container: an emptyDir for any user. */
  readonly writable?: readonly string[]
  /** Files that the sidecar reads, by their path in the container. */
  readonly files?: Readonly<Record<string, string>>
}

export const subjects: readonly Subject[] = [
  {
    name: 'ambassador',
    image: 'podmates/ambassador:dev',
    adminPort: 19001,
    dataPort: 15010,
    config: `
listeners:
  inventory: { address: "0.0.0.0:15010", upstream: inventory }
upstreams:
  inventory: { endpoints: ["127.0.0.1:9"] }
`,
  },
  {
    name: 'config-helper',
    image: 'podmates/config-helper:dev',
    adminPort: 19002,
    config: `
sources:
  app: { dir: /sources/app }
outputs:
  app:
    dir: /config
    reload: { http: { url: "http://127.0.0.1:8080/-/reload", method: POST } }
`,
    files: { '/sources/app/app.yaml': 'greeting: hello\n' },
    writable: ['/config'],
  },
  {
    name: 'adapter',
    image: 'podmates/adapter:dev',
    adminPort: 19003,
    dataPort: 9102,
    config: `
metrics:
  statsd: { udp: "127.0.0.1:9125" }
  expose: { address: "0.0.0.0:9102" }
logs:
  inputs: [{ files: ["/var/log/app/*.log"] }]
  outputs: { stdout: {} }
`,
    files: { '/var/log/app/app.log': '' },
  },
  { name: 'init-waiter', image: 'podmates/init-waiter:dev', args: ['tcp://127.0.0.1:9', '--timeout', '60s'] },
]

/** A container of the subject with its files around it; goes, with them, at the end of the check. */
export async function run(subject: Subject, more: Partial<ContainerOptions> = {}): Promise<Container> {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-conformance-'))
  const emptyDirs = await Promise.all((subject.writable ?? []).map(emptyDir))
  const volumes = [...mounts(subject, folder), ...emptyDirs.map(({ mount }) => mount), ...(more.volumes ?? [])]
  const ports = [subject.adminPort, subject.dataPort].filter((port) => port !== undefined)
  const container = await startContainer({
    image: subject.image,
    args: subject.args ?? [],
    ports,
    ...more,
    volumes,
  })
  return {
    ...container,
    [Symbol.asyncDispose]: async () => {
      await container[Symbol.asyncDispose]()
      for (const { name } of emptyDirs) await removeVolume(name)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface EmptyDir {
  readonly name: string
  readonly mount: string
}

/** A volume in memory that any user may write to, and that outlives the process as an emptyDir does. */
export async function emptyDir(path: string): Promise<EmptyDir> {
  const name = (
    await dockerOrThrow([
      'volume',
      'create',
      '--label',
      testLabel,
      '--opt',
      'type=tmpfs',
      '--opt',
      'device=tmpfs',
      '--opt',
      'o=mode=0777',
    ])
  ).trim()
  return { name, mount: `${name}:${path}` }
}

/** Gone with all that was written to it. */
export async function removeVolume(name: string): Promise<void> {
  await dockerOrThrow(['volume', 'rm', '--force', name])
}

/** Writes the config and the files below `folder`, readable for any user, and answers the bind mounts. */
function mounts(subject: Subject, folder: string): string[] {
  const files = { ...(subject.config && { [`/etc/podmates/${subject.name}.yaml`]: subject.config }), ...subject.files }
  chmodSync(folder, 0o755)
  const folders = new Set<string>()
  for (const [path, text] of Object.entries(files)) {
    const inside = path.slice(0, path.lastIndexOf('/'))
    mkdirSync(join(folder, inside), { recursive: true })
    writeFileSync(join(folder, path), text)
    folders.add(inside)
  }
  return [...folders].map((inside) => `${join(folder, inside)}:${inside}:ro`)
}

/** A container of the subject that has started, as its startup probe sees it. */
export async function started(subject: Subject, more: Partial<ContainerOptions> = {}): Promise<Container> {
  const container = await run(subject, more)
  try {
    await untilStarted(subject, container)
    return container
  } catch (error) {
    const { stdout, stderr } = await container.logs()
    await container[Symbol.asyncDispose]()
    throw new Error(`${subject.name} did not start; its output:\n${stdout}${stderr}`, { cause: error })
  }
}

/** Waits until the startup probe passes, as the kubelet would ask it. */
export async function untilStarted(subject: Subject, container: Container): Promise<void> {
  await until(`${subject.name} to start`, async () => (await admin(subject, container, '/startupz'))?.status === 200)
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Asks the subject's admin port. @returns undefined when nothing answers */
export async function admin(subject: Subject, container: Container, path: string): Promise<Answer | undefined> {
  return get(container, subject.adminPort ?? 0, path)
}

/** GETs a path of a published port. @returns undefined when nothing answers */
export async function get(container: Container, port: number, path: string): Promise<Answer | undefined> {
  try {
    const answer = await fetch(`http://${await container.address(port)}${path}`, { signal: AbortSignal.timeout(3000) })
    const contentType = answer.headers.get('content-type') ?? ''
    return { status: answer.status, contentType, body: await answer.text() }
  } catch {
    return undefined
  }
}

/** A sample of the subject's own metrics, by its name without the sidecar's prefix; the first one where it has labels. */
export async function metric(subject: Subject, container: Container, name: string): Promise<number> {
  const body = (await admin(subject, container, '/metrics'))?.body ?? ''
  const line = body.split('\n').find((text) => new RegExp(`^(podmates_\\w+?_)?${name}[ {]`).test(text))
  return Number(line?.split(' ').at(-1))
}
