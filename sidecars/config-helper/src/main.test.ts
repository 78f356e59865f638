/** The config helper as a process: what only signals, exit codes and a real file system can show. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { atomicWriter } from '@podmates/shared/testing/atomic-writer.ts'
import { startBackend } from '@podmates/shared/testing/recording-backend.ts'
import { startSidecar } from '@podmates/shared/testing/sidecar-process.ts'
import { temporaryFolder } from '@podmates/shared/testing/temporary-folder.ts'
import { readSnapshot } from '@podmates/shared/volume/snapshot.ts'
import { integerBelow, seededRandom } from '@podmates/shared/world/random.ts'
import { describe, expect, it, vi } from 'vitest'

// Processes start in half a second, or in several on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const main = new URL('./main.ts', import.meta.url)

/** A source as the kubelet mounts it, an empty output, and a config that leads from one to the other. */
async function volumes() {
  const folder = await temporaryFolder()
  const source = join(folder, 'source')
  const output = join(folder, 'output')
  await mkdir(source)
  await mkdir(output)
  const config = (keys = ''): string =>
    `sources: { app: { dir: ${source} } }\noutputs: { app: { dir: ${output}, debounce: { quiet: 10ms }, ${keys} } }\n`
  return { source, output, configMap: atomicWriter(source), config }
}

/** An app that loads a file when it is told to, refuses one that says so, and shows the hash of the one in use. */
function startApp(file: string) {
  let hash = ''
  return startBackend(async ({ target }) => {
    if (target !== '/-/reload') return { body: JSON.stringify({ hash }) }
    const bytes = await readFile(file)
    if (bytes.includes('refuse me')) return { status: 422, body: 'refused' }
    hash = createHash('sha256').update(bytes).digest('hex')
    return {}
  })
}

const reloadAndVerify = (url: string): string =>
  `reload: { http: { url: "${url}/-/reload" } }, verify: { http: { url: "${url}/-/config", json: $.hash }, within: 10m }`

describe('a config helper', () => {
  it('is started once its first version is published, and not before', async () => {
    const { configMap, config, output } = await volumes()
    await using helper = await startSidecar({ main, config: config(), waitFor: 'listening' })
    expect(await helper.line('version refused, the published one stays')).toMatchObject({ code: 'PM3002' })
    expect((await helper.get('/startupz')).status).toBe(503)
    await configMap.write({ 'app.yaml': 'a: 1\n' })
    await helper.line('started')
    expect((await helper.get('/startupz')).status).toBe(200)
    expect(await readFile(join(output, 'app.yaml'), 'utf8')).toBe('a: 1\n')
  })

  it('brings a change to the app and knows that it arrived', async () => {
    const { configMap, config, output } = await volumes()
    await using app = await startApp(join(output, 'app.yaml'))
    await configMap.write({ 'app.yaml': 'a: 1\n' })
    await using helper = await startSidecar({ main, config: config(reloadAndVerify(app.url)) })
    await helper.line('acknowledged')
    const { stdout } = await helper.podmate('status', '-o', 'json')
    expect(JSON.parse(stdout)).toMatchObject({ 'output app': { verdict: 'current', quarantined: [] } })
    expect((await helper.get('/metrics')).body).toContain(
      'podmates_config_helper_source_watch_mode{source="app",mode="inotify"} 1',
    )
  })

  it('takes back at once what the app refuses', async () => {
    const { configMap, config, output } = await volumes()
    await using app = await startApp(join(output, 'app.yaml'))
    await configMap.write({ 'app.yaml': 'a: 1\n' })
    await using helper = await startSidecar({ main, config: config(reloadAndVerify(app.url)) })
    await helper.line('acknowledged')
    await configMap.write({ 'app.yaml': 'a: refuse me\n' })
    await helper.line('rolled back')
    expect(await readFile(join(output, 'app.yaml'), 'utf8')).toBe('a: 1\n')
    expect((await helper.get('/metrics')).body).toContain('config_last_reload_successful{output="app"} 0')
  })

  it('mends an output whose published generation is gone', async () => {
    const { configMap, config, output } = await volumes()
    await configMap.write({ 'app.yaml': 'a: 1\n' })
    {
      await using helper = await startSidecar({ main, config: config() })
      await helper.line('published')
    }
    await rm(join(output, await readlink(join(output, '..data'))), { recursive: true })
    await using helper = await startSidecar({ main, config: config() })
    expect(helper.lines()).toContainEqual(expect.objectContaining({ level: 'warn', code: 'PM1205', output: 'app' }))
    expect(await readFile(join(output, 'app.yaml'), 'utf8')).toBe('a: 1\n')
  })

  it('goes on publishing while the Pod drains', async () => {
    const { configMap, config, output } = await volumes()
    await configMap.write({ 'app.yaml': 'a: 1\n' })
    await using helper = await startSidecar({ main, config: config() })
    await helper.podmate('drain')
    await configMap.write({ 'app.yaml': 'a: 2\n' })
    await settled(async () => (await readFile(join(output, 'app.yaml'), 'utf8')) === 'a: 2\n')
  })

  it('refuses a config with an unknown key, with the place and exit code 1', async () => {
    await using helper = await startSidecar({ main, config: 'sources: {}\noutptus: {}\n', waitFor: 'nothing' })
    expect(await helper.exited).toMatchObject({ exitCode: 1 })
    expect(helper.stderr()).toContain('config.yaml:2:1 PM0107 unknown key "outptus"')
  })

  it.each(['started', 'listening'] as const)('exits 0 after SIGTERM when it is %s', async (waitFor) => {
    const { configMap, config } = await volumes()
    if (waitFor === 'started') await configMap.write({ 'app.yaml': 'a: 1\n' })
    await using helper = await startSidecar({ main, config: config(), waitFor })
    helper.signal('SIGTERM')
    expect(await helper.exited).toEqual({ exitCode: 0, signal: null })
    expect(helper.lines().at(-1)).toMatchObject({ msg: 'stopped', reason: 'SIGTERM' })
  })
})

describe('killed again and again while its source changes', () => {
  it('never shows a mixture, never loses what was published, and ends with the last version', async () => {
    const { configMap, config, output } = await volumes()
    const random = seededRandom(20_261_123)
    const watch = watchOutput(output)
    let version = 0
    const swap = (): Promise<boolean> => {
      version += 1
      return configMap.write({ 'a.yaml': `version: ${version}\n`, 'b.yaml': `version: ${version}\n` })
    }
    await swap()
    for (let life = 0; life < 6; life += 1) {
      // Leaving the block kills it: in the middle of whatever it does then.
      await using helper = await startSidecar({ main, config: config(), waitFor: 'listening' })
      if (life % 2 === 0) await helper.line('published')
      for (let swaps = integerBelow(random, 60); swaps > 0; swaps -= 1) await swap()
    }
    await using helper = await startSidecar({ main, config: config() })
    await swap()
    await settled(async () => (await readFile(join(output, 'b.yaml'), 'utf8')) === `version: ${version}\n`)
    expect(await watch.end()).toEqual({ torn: [], lost: 0, backwards: [] })
    expect(helper.stderr()).toBe('')
  })
})

/** Reads the output without a pause, and notes everything that an app must never see. */
function watchOutput(output: string) {
  const found = { torn: [] as string[], lost: 0, backwards: [] as string[] }
  let isOver = false
  let seen = 0
  const reading = (async () => {
    while (!isOver) {
      const files = (await readSnapshot(output)).files
      const [a, b] = ['a.yaml', 'b.yaml'].map((name) => files.get(name)?.toString())
      if (a !== b) found.torn.push(`${a} beside ${b}`)
      const version = Number(a?.replace('version: ', ''))
      if (a === undefined && seen > 0) found.lost += 1
      if (version < seen) found.backwards.push(`${version} after ${seen}`)
      if (version > 0) seen = version
    }
  })()
  return {
    end: async () => {
      isOver = true
      await reading
      return found
    },
  }
}

describe.skipIf(process.platform !== 'linux')('a reload by signal', () => {
  /** A process with a name of its own. */
  async function startNamed(code: string, name: string): Promise<ChildProcess & AsyncDisposable> {
    const child = spawn(process.execPath, ['--eval', `${code}; setInterval(() => {}, 1000); console.log('up')`], {
      argv0: name,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const end = async (): Promise<void> => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    return Object.assign(child, { [Symbol.asyncDispose]: end })
  }

  it('reaches the one process of its name', async () => {
    const { configMap, config } = await volumes()
    const name = `podmates-app-${process.pid}`
    await using app = await startNamed("process.on('SIGHUP', () => console.log('reloaded'))", name)
    const reloaded = once(app.stdout ?? app, 'data')
    await configMap.write({ 'app.yaml': 'a: 1\n' })
    await using helper = await startSidecar({ main, config: config(`reload: { signal: { process: ${name} } }`) })
    expect(String((await reloaded)[0])).toBe('reloaded\n')
    await helper.line('acknowledged')
  })

  it('is not sent to a process that it would end', async () => {
    const { configMap, config } = await volumes()
    const name = `podmates-deaf-${process.pid}`
    await using app = await startNamed('', name)
    await configMap.write({ 'app.yaml': 'a: 1\n' })
    await using helper = await startSidecar({ main, config: config(`reload: { signal: { process: ${name} } }`) })
    expect(await helper.line('the app cannot be told')).toMatchObject({ code: 'PM3105' })
    expect(app.exitCode).toBeNull()
    expect(app.signalCode).toBeNull()
  })
})

/** Asks again and again until the answer is yes; the test's own time limit ends it. */
async function settled(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask())) await new Promise((resolve) => setImmediate(resolve))
}
