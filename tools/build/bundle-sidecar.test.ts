/**
 * Every bundle as it is in an image: alone in a folder, without node_modules and without an environment. Some
 * libraries read files of their own or start workers from them, which only shows here.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text as readText } from 'node:stream/consumers'
import { beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../shared/testing/free-port.ts'
import { bundleSidecar, type SidecarName, sidecarNames } from './bundle-sidecar.ts'
import { currentRevision, type Revision } from './revision.ts'

interface Alone {
  /** Holds the bundle and nothing else but what the test writes. */
  readonly folder: string
  readonly program: string
}

/** Bundles a sidecar and copies it away from the checkout. */
async function bundledAlone(name: SidecarName, revision: Revision): Promise<Alone> {
  const bundle = await bundleSidecar(name, revision)
  const folder = mkdtempSync(join(tmpdir(), `bundle-${name}-`))
  cpSync(bundle.folder, join(folder, 'app'), { recursive: true })
  return { folder, program: join(folder, 'app', 'podmate') }
}

/** The smallest config with which the sidecar has something to do, on ports that nobody has. */
async function smallestConfig(name: SidecarName, folder: string): Promise<string> {
  const admin = `admin: { address: "127.0.0.1:${await freePort()}" }\n`
  switch (name) {
    case 'ambassador':
      return `${admin}listeners:\n  inventory: { address: "127.0.0.1:${await freePort()}", upstream: inventory }\nupstreams:\n  inventory: { endpoints: ["127.0.0.1:9"] }\n`
    case 'config-helper':
      mkdirSync(join(folder, 'source'))
      mkdirSync(join(folder, 'out'))
      writeFileSync(join(folder, 'source', 'app.yaml'), 'greeting: hello\n')
      return `${admin}sources:\n  app: { dir: ${folder}/source }\noutputs:\n  app: { dir: ${folder}/out, files: { app.yaml: { copy: app/app.yaml } } }\n`
    case 'adapter':
      return `${admin}metrics:\n  statsd: { udp: "127.0.0.1:${await freePort()}" }\n  expose: { address: "127.0.0.1:${await freePort()}" }\n`
    case 'init-waiter':
      return `steps:\n  port: { wait: "tcp://127.0.0.1:${await freePort()}" }\n`
  }
}

describe.each(sidecarNames)('%s, alone in a folder', (name) => {
  let revision: Revision
  let alone: Alone
  let config: string
  beforeAll(async () => {
    revision = await currentRevision()
    alone = await bundledAlone(name, revision)
    config = join(alone.folder, 'config.yaml')
    writeFileSync(config, await smallestConfig(name, alone.folder))
  }, 30_000)

  it('says which commit it was built from', async () => {
    const facts = JSON.parse(await output(alone, ['version', '-o', 'json']))
    expect(facts).toMatchObject({ sidecar: name, version: revision.version, revision: revision.commit })
  })

  it('checks a config', async () => {
    expect(await output(alone, ['check', '--config', config])).toMatch(/^ok: /)
  })

  it('writes its schema', async () => {
    expect(JSON.parse(await output(alone, ['schema']))).toHaveProperty('$schema')
  })

  it('runs, and ends in order when it is told to', async () => {
    const args = [alone.program, 'run', '--config', config]
    const child = spawn(process.execPath, args, {
      cwd: alone.folder,
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 10_000,
      killSignal: 'SIGKILL',
    })
    const sentences: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      const { msg } = JSON.parse(line)
      sentences.push(msg)
      if (msg === 'started') child.kill('SIGTERM')
    }
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
    expect(sentences).toContain('started')
    expect(code).toBe(name === 'init-waiter' ? 143 : 0)
  })
})

it('the ambassador without TLS does not load it, nor what else its libraries would like to have', async () => {
  const alone = await bundledAlone('ambassador', await currentRevision())
  const config = join(alone.folder, 'config.yaml')
  writeFileSync(config, await smallestConfig('ambassador', alone.folder))
  const witness = join(alone.folder, 'witness.cjs')
  writeFileSync(witness, "process.on('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')))")
  const child = spawn(process.execPath, ['--require', witness, alone.program, 'run', '--config', config], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10_000,
  })
  const loaded = readText(child.stderr)
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).msg === 'started') child.kill('SIGTERM')
  }
  const modules = (await loaded).split('\n')
  expect(modules).toContain('NativeModule net')
  for (const heavy of ['tls', 'https', 'zlib', 'crypto']) expect(modules).not.toContain(`NativeModule ${heavy}`)
})

it('the init waiter waits for a target on the command line and ends with 0', async () => {
  const alone = await bundledAlone('init-waiter', await currentRevision())
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  try {
    await output(alone, [`tcp://127.0.0.1:${port}`, '--timeout', '20s'])
  } finally {
    server.close()
  }
})

/** Runs the bundle to its end, which must be a good one. @returns its standard output */
function output({ folder, program }: Alone, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...args], { cwd: folder, env: {} }, (error, stdout, stderr) => {
      if (error) reject(new Error(`podmate ${args.join(' ')} ended with ${error.code}:\n${stdout}${stderr}`))
      else resolve(stdout)
    })
  })
}
