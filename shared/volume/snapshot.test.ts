import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { atomicWriter } from '../testing/atomic-writer.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { contentHash } from './content-hash.ts'
import { readSnapshot, type VolumeSnapshot } from './snapshot.ts'

const textOf = (snapshot: VolumeSnapshot): Record<string, string> =>
  Object.fromEntries([...snapshot.files].map(([key, content]) => [key, content.toString()]))

/** A reader that stands still after it has read `..data` for the nth time, until `meanwhile` is done. */
function pausedAtLink(nth: number, meanwhile: () => Promise<unknown>) {
  let reads = 0
  return {
    readlink: (async (path: string) => {
      const target = await readlink(path)
      reads += 1
      if (reads === nth) await meanwhile()
      return target
    }) as typeof readlink,
  }
}

describe('a volume with ..data', () => {
  it('gives every key, nested ones by their path, in order, and the name of the generation', async () => {
    const dir = await temporaryFolder()
    await atomicWriter(dir).write({ 'b.yaml': 'b', 'certs/tls.key': 'k', 'a.yaml': 'a', 'certs/..deep/ca.crt': 'c' })
    const snapshot = await readSnapshot(dir)
    expect(Object.entries(textOf(snapshot))).toEqual([
      ['a.yaml', 'a'],
      ['b.yaml', 'b'],
      ['certs/..deep/ca.crt', 'c'],
      ['certs/tls.key', 'k'],
    ])
    expect(snapshot.generation).toBe(await readlink(join(dir, '..data')))
  })

  it('gives bytes as they are, not as text', async () => {
    const dir = await temporaryFolder()
    const bytes = Buffer.from([0, 255, 254, 10, 13, 0])
    await atomicWriter(dir).write({ 'binary.bin': bytes })
    expect((await readSnapshot(dir)).files.get('binary.bin')).toEqual(bytes)
  })

  it('reads behind ..data, so that a new key counts although its link does not exist yet', async () => {
    const dir = await temporaryFolder()
    await atomicWriter(dir).write({ old: '1' })
    let seen: VolumeSnapshot | undefined
    const onStep = async (step: string) => {
      if (step === 'swapped') seen = await readSnapshot(dir)
    }
    await atomicWriter(dir, { onStep }).write({ new: '2' })
    expect(seen && textOf(seen)).toEqual({ new: '2' })
  })

  it('starts again when the volume is swapped and the old directory removed before it is read', async () => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir)
    await kubelet.write({ a: '1', b: '1' })
    const snapshot = await readSnapshot(
      dir,
      {},
      pausedAtLink(1, () => kubelet.write({ a: '2', b: '2' })),
    )
    expect(textOf(snapshot)).toEqual({ a: '2', b: '2' })
  })

  it('starts again when the old directory was half removed while it was listed, which no error tells', async () => {
    const dir = await temporaryFolder()
    await atomicWriter(dir).write({ a: '1', b: '1' })
    const old = await readlink(join(dir, '..data'))
    const read = Promise.withResolvers<VolumeSnapshot>()
    const swap = atomicWriter(dir, {
      onStep: async (step) => {
        if (step !== 'unlinkedKeys') return
        await unlink(join(dir, old, 'b'))
        resumeReader.resolve()
        read.resolve(await reading)
      },
    })
    const resumeReader = Promise.withResolvers<void>()
    const reading = readSnapshot(
      dir,
      {},
      pausedAtLink(1, () => resumeReader.promise),
    )
    await swap.write({ a: '2', b: '2' })
    expect(textOf(await read.promise)).toEqual({ a: '2', b: '2' })
  })

  it.each([
    ['an absolute path', '/etc'],
    ['a path upwards', '../elsewhere'],
    ['a path further down', 'deep/er'],
    ['the parent directory', '..'],
    ['the directory itself', '.'],
  ])('is refused when ..data leads to %s', async (_, target) => {
    const dir = await temporaryFolder()
    await symlink(target, join(dir, '..data'))
    await expect(readSnapshot(dir)).rejects.toMatchObject({ code: 'PM1203' })
  })

  it('is refused when the directory behind ..data is itself a link that leads out', async () => {
    const [dir, outside] = [await temporaryFolder(), await temporaryFolder()]
    await writeFile(join(outside, 'secret'), 'secret')
    await symlink(outside, join(dir, '..2026'))
    await symlink('..2026', join(dir, '..data'))
    await expect(readSnapshot(dir)).rejects.toMatchObject({ code: 'PM1203' })
  })

  it('is called unreadable when ..data leads to nothing and nobody is swapping it', async () => {
    const dir = await temporaryFolder()
    await symlink('..2026', join(dir, '..data'))
    await expect(readSnapshot(dir)).rejects.toMatchObject({
      code: 'PM1205',
      message: expect.stringContaining('..data leads to ..2026, which is not all there'),
    })
  })
})

describe('a plain directory', () => {
  it('gives every file, nested ones by their path, and no generation', async () => {
    const dir = await temporaryFolder()
    await mkdir(join(dir, 'conf.d'))
    await writeFile(join(dir, 'conf.d', 'x.yaml'), 'x')
    await writeFile(join(dir, 'app.yaml'), 'app')
    const snapshot = await readSnapshot(dir)
    expect(textOf(snapshot)).toEqual({ 'app.yaml': 'app', 'conf.d/x.yaml': 'x' })
    expect(snapshot).not.toHaveProperty('generation')
  })

  it('may be empty, which is not the same as absent', async () => {
    expect((await readSnapshot(await temporaryFolder())).files.size).toBe(0)
  })

  it('may be reached through a link, since its path comes from the configuration', async () => {
    const dir = await temporaryFolder()
    await mkdir(join(dir, 'real'))
    await writeFile(join(dir, 'real', 'app.yaml'), 'app')
    await symlink('real', join(dir, 'mount'))
    expect(textOf(await readSnapshot(join(dir, 'mount')))).toEqual({ 'app.yaml': 'app' })
  })

  it('leaves out names that begin with "..", pipes, sockets and links that lead nowhere', async () => {
    const dir = await temporaryFolder()
    await writeFile(join(dir, '..swp'), 'half written')
    await writeFile(join(dir, 'app.yaml'), 'app')
    await symlink('gone', join(dir, 'dangling'))
    await symlink('round', join(dir, 'round'))
    execFileSync('mkfifo', [join(dir, 'pipe')])
    const server = createServer().listen(join(dir, 'socket'))
    try {
      expect(textOf(await readSnapshot(dir))).toEqual({ 'app.yaml': 'app' })
    } finally {
      server.close()
    }
  })

  it('follows links to files and directories inside it, as under a volume mounted further down', async () => {
    const dir = await temporaryFolder()
    await mkdir(join(dir, 'mounted'))
    await atomicWriter(join(dir, 'mounted')).write({ 'app.yaml': 'app', 'nested/x': 'x' })
    expect(textOf(await readSnapshot(dir))).toEqual({ 'mounted/app.yaml': 'app', 'mounted/nested/x': 'x' })
  })

  it.each([
    ['to a file outside', '/etc/hostname'],
    ['to a directory outside', '/etc'],
    ['upwards', '../..'],
    ['to the directory in which it lies', '.'],
  ])('is refused when a link leads %s', async (_, target) => {
    const dir = await temporaryFolder()
    await writeFile(join(dir, 'app.yaml'), 'app')
    await symlink(target, join(dir, 'link'))
    await expect(readSnapshot(dir)).rejects.toMatchObject({ code: 'PM1203' })
  })

  it('is read as it is when ..data is a directory, as in a copy that lost its links', async () => {
    const dir = await temporaryFolder()
    await mkdir(join(dir, '..data'))
    await writeFile(join(dir, '..data', 'app.yaml'), 'copy')
    await writeFile(join(dir, 'app.yaml'), 'app')
    expect(textOf(await readSnapshot(dir))).toEqual({ 'app.yaml': 'app' })
  })

  it('never gives two files that were not there together, in whichever order they are written', async () => {
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const dir = await temporaryFolder()
      const put = async (name: string, version: number) => {
        await writeFile(join(dir, '..new'), String(version))
        await rename(join(dir, '..new'), join(dir, name))
      }
      for (const name of order) await put(name, 0)

      let writing = true
      const writer = async () => {
        for (let version = 1; version <= 150; version += 1) for (const name of order) await put(name, version)
        writing = false
      }
      const reader = async () => {
        while (writing) {
          const snapshot = await readSnapshot(dir).catch(undefinedWhenBusy)
          if (snapshot === undefined) continue
          const files = textOf(snapshot)
          const [first, second] = order.map((name) => Number(files[name])) as [number, number]
          expect([first, first - 1], `${order} = ${first}, ${second}`).toContain(second)
        }
      }
      await Promise.all([writer(), reader()])
    }
  })
})

/** A writer without a pause may keep a reader from ever agreeing with itself; that is said, not guessed. */
function undefinedWhenBusy(error: unknown): undefined {
  expect(error).toMatchObject({ code: 'PM1204' })
}

describe('the hash', () => {
  it('is the same for the same content in a volume, in a plain directory and in memory', async () => {
    const volume = await temporaryFolder()
    await atomicWriter(volume, { mode: 0o600 }).write({ 'app.yaml': 'app', 'd/x': 'é' })
    const plain = await temporaryFolder()
    await mkdir(join(plain, 'd'))
    await writeFile(join(plain, 'd', 'x'), 'é')
    await writeFile(join(plain, 'app.yaml'), 'app')
    const { hash } = await readSnapshot(volume)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect((await readSnapshot(plain)).hash).toBe(hash)
    expect(
      contentHash(
        new Map([
          ['d/x', 'é'],
          ['app.yaml', 'app'],
        ]),
      ),
    ).toBe(hash)
  })

  it.each([
    ['a byte moves from the key to the content', { ab: 'c' }, { a: 'bc' }],
    ['a byte moves from one file to the next', { a: 'x', b: '' }, { a: '', b: 'x' }],
    ['an empty file appears', { a: 'x' }, { a: 'x', b: '' }],
    ['a file looks like the end of another', { a: 'x1:b1:y' }, { a: 'x', b: 'y' }],
  ])('differs when %s', (_, before, after) => {
    expect(contentHash(new Map(Object.entries(before)))).not.toBe(contentHash(new Map(Object.entries(after))))
  })
})

describe('what cannot be read', () => {
  it('is absent when there is no such directory', async () => {
    const dir = join(await temporaryFolder(), 'missing')
    await expect(readSnapshot(dir)).rejects.toMatchObject({ code: 'PM1201', message: `${dir} does not exist` })
  })

  it('is a file where a directory should be', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    await expect(readSnapshot(file)).rejects.toMatchObject({ code: 'PM1205', message: `${file} is not a directory` })
  })

  it('is refused by the system, and the message says as whom', async () => {
    const dir = await temporaryFolder()
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'readlink' })
    const reads = { readlink: () => Promise.reject(denied) }
    await expect(readSnapshot(dir, {}, reads)).rejects.toMatchObject({
      code: 'PM1205',
      message: `cannot read ${dir}: EACCES: permission denied; this process is ${process.getuid?.()}:${process.getgid?.()} (uid:gid)`,
    })
  })

  it('has more entries than allowed, empty directories included', async () => {
    const dir = await temporaryFolder()
    await atomicWriter(dir).write({ 'a/b': '1', c: '2' })
    await expect(readSnapshot(dir, { entriesMax: 3 })).resolves.toBeDefined()
    await expect(readSnapshot(dir, { entriesMax: 2 })).rejects.toMatchObject({ code: 'PM1202' })
  })

  it('has more bytes than allowed in all its files together', async () => {
    const dir = await temporaryFolder()
    await atomicWriter(dir).write({ a: '123', b: '45' })
    await expect(readSnapshot(dir, { bytesMax: 5 })).resolves.toBeDefined()
    await expect(readSnapshot(dir, { bytesMax: 4 })).rejects.toMatchObject({ code: 'PM1202' })
  })

  it('never held still', async () => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir)
    await kubelet.write({ n: '0' })
    let swaps = 0
    const swapping = (async (path: string) => {
      const target = await readlink(path)
      swaps += 1
      await kubelet.write({ n: String(swaps) })
      return target
    }) as typeof readlink
    await expect(readSnapshot(dir, {}, { readlink: swapping })).rejects.toMatchObject({ code: 'PM1204' })
  })
})

it('gives the same hash whatever happens to modes and times', async () => {
  const dir = await temporaryFolder()
  await atomicWriter(dir).write({ a: '1' })
  const before = await readSnapshot(dir)
  await chmod(join(dir, 'a'), 0o600)
  execFileSync('touch', [join(dir, 'a')])
  expect((await readSnapshot(dir)).hash).toBe(before.hash)
  await rm(dir, { recursive: true })
})
