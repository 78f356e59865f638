/** What all four sidecar images promise of themselves, whatever the program in them does. */
import { execFile } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { sidecarNames } from '../../../tools/build/bundle-sidecar.ts'
import { docker, dockerOrThrow, startContainer } from '../../docker/container.ts'

const images = sidecarNames.map((name) => `podmates/${name}:dev`)
const inspect = async (image: string, template: string): Promise<unknown> =>
  JSON.parse(await dockerOrThrow(['image', 'inspect', '--format', `{{json ${template}}}`, image]))

it('all four stand on one layer, so that a Pod loads Node once', async () => {
  const layers = await Promise.all(images.map((image) => inspect(image, '(index .RootFS.Layers 0)')))
  expect(new Set(layers).size).toBe(1)
})

describe.each(images)('%s', (image) => {
  let files: readonly string[]
  beforeAll(async () => {
    files = await filesOf(image)
  })

  it('holds Node, its libraries and one program: no shell, no package manager, no node_modules', () => {
    expect(files.filter((file) => file.startsWith('usr/bin/'))).toEqual(['usr/bin/node'])
    expect(
      files.filter((file) => /(^|\/)(sh|bash|busybox|npm|npx|corepack|apt|dpkg)$|node_modules/.test(file)),
    ).toEqual([])
    expect(files.filter((file) => /^(s?bin|opt|root|home|var)\//.test(file))).toEqual([])
  })

  it('carries what its licences and scanners want: a bill of materials of the program and of the base', () => {
    expect(files).toEqual(expect.arrayContaining(['app/sbom.spdx.json', 'app/third-party-licences.txt']))
    expect(files).toEqual(
      expect.arrayContaining(['usr/share/doc/podmates-base.spdx.json', 'usr/share/doc/libc6/copyright']),
    )
  })

  it('ends by SIGTERM, the usual stop signal, and runs when nothing else is asked', async () => {
    const flags = ['--no-concurrent-recompilation', '--max-semi-space-size=2', '--max-old-space-size-percentage=50']
    const Entrypoint = ['node', ...flags, '/app/podmate']
    expect(await inspect(image, '.Config')).toMatchObject({ Entrypoint, Cmd: ['run'] })
    expect(await inspect(image, '.Config')).not.toHaveProperty('StopSignal')
  })

  it.each(['65532:65532', '12345:12345', '0:0'])('runs as user %s on a read-only root', async (user) => {
    await using container = await startContainer({ image, args: ['version'], flags: ['--user', user] })
    expect([await container.ended(), (await container.logs()).stderr]).toEqual([0, ''])
  })

  it('caps the heap of every process by the memory limit of the container', async () => {
    const print =
      'process.stderr.write(String(process.getBuiltinModule("node:v8").getHeapStatistics().heap_size_limit))'
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(print)}` }
    for (const entrypoint of [[], ['--entrypoint', 'podmate']]) {
      const flags = ['--memory', '64m', ...entrypoint]
      await using container = await startContainer({ image, args: ['version'], env, flags })
      await container.ended()
      const limitBytes = Number((await container.logs()).stderr)
      expect(limitBytes).toBeGreaterThan(32 * 1024 * 1024) // half of the limit for old objects, and a little for young ones
      expect(limitBytes).toBeLessThan(48 * 1024 * 1024)
    }
  })

  it('starts from the compiled code that was made with the image', async () => {
    const env = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
    for (const flags of [[], ['--entrypoint', 'podmate']]) {
      await using container = await startContainer({ image, args: ['version'], env, flags })
      await container.ended()
      expect((await container.logs()).stderr).toContain('code cache for ESM file:///app/podmate was accepted')
    }
  })

  it('knows the public certificate authorities and the time zones without files of its own', async () => {
    const ask = `console.log(require('tls').rootCertificates.length > 100, new Date(0).toString())`
    const { stdout } = await docker(['run', '--rm', '--env', 'TZ=Asia/Tokyo', '--entrypoint', 'node', image, '-e', ask])
    expect(stdout).toBe('true Thu Jan 01 1970 09:00:00 GMT+0900 (Japan Standard Time)\n')
  })
})

/** Every file and link in the image, without those that the engine itself adds to a container. */
async function filesOf(image: string): Promise<readonly string[]> {
  const id = (await dockerOrThrow(['create', image])).trim()
  try {
    const names = await tarNames(id)
    return names.filter((name) => !name.endsWith('/') && !/^(dev|proc|sys)\/|^\.dockerenv$/.test(name))
  } finally {
    await docker(['rm', '--force', id])
  }
}

function tarNames(containerId: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const pipeline = 'docker export "$1" | tar --list'
    execFile('sh', ['-c', pipeline, 'sh', containerId], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout) => {
      if (error) reject(error)
      else resolve(stdout.trim().split('\n'))
    })
  })
}
