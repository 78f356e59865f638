import * as nodeFiles from 'node:fs/promises'
import { chmod, cp, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mortalFiles } from '../testing/mortal-files.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import type { VolumeFiles } from './durable-write.ts'
import { createPublisher, type Publisher } from './publish.ts'
import { readSnapshot } from './snapshot.ts'

type Contents = Readonly<Record<string, string>>

const publish = (publisher: Publisher, contents: Contents) => publisher.publish(new Map(Object.entries(contents)))

async function published(dir: string): Promise<Contents> {
  const { files } = await readSnapshot(dir)
  return Object.fromEntries([...files].map(([key, content]) => [key, content.toString()]))
}

const generationsIn = async (dir: string): Promise<string[]> =>
  (await readdir(dir)).filter((name) => name.startsWith('..gen-')).sort()

const modeOf = async (path: string): Promise<string> => ((await lstat(path)).mode & 0o7777).toString(8)

function withUmask(umask: number): void {
  const before = process.umask(umask)
  onTestFinished(() => {
    process.umask(before)
  })
}

describe('a publish', () => {
  it('makes the layout of a ConfigMap: links for first elements, ..data, one directory', async () => {
    const dir = await temporaryFolder()
    const { outcome, generation, hash } = await publish(createPublisher(dir), {
      'app.yaml': 'app',
      'certs/tls.key': 'key',
      'certs/ca/root.crt': 'root',
    })
    expect(outcome).toBe('published')
    expect(generation).toBe(`..gen-000001-0644-${hash.slice(0, 12)}`)
    expect((await readdir(dir)).sort()).toEqual(['..data', generation, 'app.yaml', 'certs'])
    expect(await readlink(join(dir, '..data'))).toBe(generation)
    expect(await readlink(join(dir, 'app.yaml'))).toBe('..data/app.yaml')
    expect(await readlink(join(dir, 'certs'))).toBe('..data/certs')
    expect(await readFile(join(dir, 'certs/ca/root.crt'), 'utf8')).toBe('root')
    expect((await readSnapshot(dir)).hash).toBe(hash)
  })

  it('takes text and bytes', async () => {
    const dir = await temporaryFolder()
    const bytes = Uint8Array.from([0, 255, 10])
    await createPublisher(dir).publish(
      new Map<string, Uint8Array | string>([
        ['bytes', bytes],
        ['text', 'é'],
      ]),
    )
    expect(await readFile(join(dir, 'bytes'))).toEqual(Buffer.from(bytes))
    expect(await readFile(join(dir, 'text'), 'utf8')).toBe('é')
  })

  it('may be of nothing at all', async () => {
    const dir = await temporaryFolder()
    await publish(createPublisher(dir), {})
    expect(await published(dir)).toEqual({})
    expect(await createPublisher(dir).current()).toMatchObject({ files: new Map() })
  })

  it('flips nothing and writes nothing when the content is published already, by whomever', async () => {
    const dir = await temporaryFolder()
    const first = await publish(createPublisher(dir), { a: '1', b: '2' })
    const again = await publish(createPublisher(dir), { b: '2', a: '1' })
    expect(again).toEqual({ ...first, outcome: 'unchanged' })
    expect(await generationsIn(dir)).toEqual([first.generation])
  })

  it('of the same content with another mode is a new generation', async () => {
    const dir = await temporaryFolder()
    await publish(createPublisher(dir, { mode: 0o600 }), { a: '1' })
    expect(await publish(createPublisher(dir, { mode: 0o640 }), { a: '1' })).toMatchObject({ outcome: 'published' })
    expect(await modeOf(join(dir, '..data', 'a'))).toBe('640')
  })

  it('writes anew what somebody has changed or removed in the published generation', async () => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir)
    const { generation } = await publish(publisher, { a: '1' })
    await writeFile(join(dir, generation, 'a'), 'edited')
    expect(await publish(publisher, { a: '1' })).toMatchObject({ outcome: 'published' })
    expect(await published(dir)).toEqual({ a: '1' })

    await rm(join(dir, await readlink(join(dir, '..data'))), { recursive: true })
    expect(await publish(publisher, { a: '1' })).toMatchObject({ outcome: 'published' })
    expect(await published(dir)).toEqual({ a: '1' })
  })

  it('removes the links of keys that went, and no other', async () => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir)
    await writeFile(join(dir, 'not-ours'), '')
    await symlink('/etc/hostname', join(dir, 'not-ours-either'))
    await publish(publisher, { gone: '1', 'nested/gone': '1', 'kept/a': '1' })
    await publish(publisher, { 'kept/b': '2', new: '2' })
    expect((await readdir(dir)).filter((name) => !name.startsWith('..')).sort()).toEqual([
      'kept',
      'new',
      'not-ours',
      'not-ours-either',
    ])
    expect(await readdir(join(dir, 'kept'))).toEqual(['b'])
  })

  it('turns a file into a directory and back', async () => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir)
    await publish(publisher, { a: 'file' })
    await publish(publisher, { 'a/b': 'nested' })
    expect(await readFile(join(dir, 'a/b'), 'utf8')).toBe('nested')
    await publish(publisher, { a: 'file' })
    expect(await readFile(join(dir, 'a'), 'utf8')).toBe('file')
  })

  it('comes after the one that was asked for before, even when nobody waited', async () => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir)
    const all = await Promise.all([1, 2, 3].map((n) => publish(publisher, { n: String(n) })))
    expect(all.map(({ generation }) => generation.slice(0, 12))).toEqual([
      '..gen-000001',
      '..gen-000002',
      '..gen-000003',
    ])
    expect(await published(dir)).toEqual({ n: '3' })
  })

  it('has every file and directory on the disk before anything leads to it', async () => {
    const dir = await temporaryFolder()
    const { files, calls } = mortalFiles()
    await publish(createPublisher(dir, {}, { files }), { a: '1', 'd/b': '2' })
    const changes = calls.filter((call) => /^(sync|rename|symlink)/.test(call)).map((call) => call.replace(dir, ''))
    const name = (await generationsIn(dir))[0]?.replace('..', '')
    expect(changes).toEqual([
      `sync /..tmp-${name}/a`,
      `sync /..tmp-${name}/d/b`,
      `sync /..tmp-${name}`,
      `sync /..tmp-${name}/d`,
      `rename /..tmp-${name}`,
      'sync ',
      'symlink /..data_tmp',
      'rename /..data_tmp',
      'sync ',
      'symlink /a',
      'symlink /d',
      'sync ',
    ])
  })
})

describe('modes', () => {
  it.each([
    { mode: '600', umask: '022', directory: '700' },
    { mode: '640', umask: '022', directory: '750' },
    { mode: '644', umask: '077', directory: '755' },
    { mode: '664', umask: '027', directory: '775' },
    { mode: '440', umask: '000', directory: '750' },
  ])('are as asked: files $mode, directories $directory, under umask $umask', async ({ mode, umask, directory }) => {
    const dir = await temporaryFolder()
    withUmask(Number.parseInt(umask, 8))
    const publisher = createPublisher(dir, { mode: Number.parseInt(mode, 8) })
    const { generation } = await publish(publisher, { 'd/a': '1' })
    expect(await modeOf(join(dir, generation, 'd/a'))).toBe(mode)
    expect(await modeOf(join(dir, generation, 'd'))).toBe(directory)
    expect(await modeOf(join(dir, generation))).toBe(directory)
  })

  it('are never wider than asked, not even while a file is empty', async () => {
    const dir = await temporaryFolder()
    withUmask(0)
    const { files, calls } = mortalFiles()
    await publish(createPublisher(dir, { mode: 0o600 }, { files }), { a: '1' })
    expect(calls.filter((call) => call.startsWith('chmod'))).toEqual([])
    expect(calls).toContainEqual(expect.stringMatching(/^open .*\/a wx 600$/))
  })

  it('keep the group that the volume hands down', async () => {
    const dir = await temporaryFolder()
    await chmod(dir, 0o2775)
    withUmask(0o077)
    const { generation } = await publish(createPublisher(dir, { mode: 0o640 }), { 'd/a': '1' })
    expect(await modeOf(join(dir, generation))).toBe('2750')
    expect(await modeOf(join(dir, generation, 'd'))).toBe('2750')
  })
})

describe('generations', () => {
  it.each([
    { keep: 2, stay: [5, 6] },
    { keep: 3, stay: [4, 5, 6] },
    { keep: 10, stay: [1, 2, 3, 4, 5, 6] },
  ])('of which $keep are kept: after six publishes $stay stay', async ({ keep, stay }) => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir, { keep })
    for (let n = 1; n <= 6; n += 1) await publish(publisher, { n: String(n) })
    expect((await generationsIn(dir)).map((name) => Number(name.slice(6, 12)))).toEqual(stay)
  })

  it('keep the one that a rollback leads to, however many bad ones came since', async () => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir, { keep: 2 })
    const good = await publish(publisher, { n: 'good' })
    for (let n = 0; n < 4; n += 1) {
      await publish(publisher, { n: `bad ${n}` })
      await expect(publisher.rollback()).resolves.toEqual({ ...good, outcome: 'published' })
    }
    expect(await published(dir)).toEqual({ n: 'good' })
  })

  it('have names that are never used twice, so that a slow reader cannot mistake one for another', async () => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir, { keep: 2 })
    const names: string[] = []
    for (const n of ['a', 'b', 'rollback', 'b', 'a', 'rollback', 'a', 'b']) {
      if (n === 'rollback') await publisher.rollback()
      else names.push((await publish(publisher, { n })).generation)
    }
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('a rollback', () => {
  it('leads to what was published before, with its links, and survives a restart', async () => {
    const dir = await temporaryFolder()
    const before = await publish(createPublisher(dir), { a: '1', old: '1' })
    await publish(createPublisher(dir), { a: '2', new: '2' })
    expect(await createPublisher(dir).rollback()).toEqual({ ...before, outcome: 'published' })
    expect(await published(dir)).toEqual({ a: '1', old: '1' })
    expect((await readdir(dir)).filter((name) => !name.startsWith('..')).sort()).toEqual(['a', 'old'])
    expect(await createPublisher(dir).current()).toMatchObject({ generation: before.generation, hash: before.hash })
  })

  it('leads to any generation by its name', async () => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir)
    const [first] = [await publish(publisher, { n: '1' }), await publish(publisher, { n: '2' })]
    const last = await publish(publisher, { n: '3' })
    await publisher.rollback(first.generation)
    expect(await published(dir)).toEqual({ n: '1' })
    await publisher.rollback(last.generation)
    expect(await published(dir)).toEqual({ n: '3' })
    expect(await publisher.rollback(last.generation)).toMatchObject({ outcome: 'unchanged' })
  })

  it('is refused before the first publish, before the second, and a second time', async () => {
    const publisher = createPublisher(await temporaryFolder())
    await expect(publisher.rollback()).rejects.toMatchObject({ code: 'PM1214' })
    await publish(publisher, { n: '1' })
    await expect(publisher.rollback()).rejects.toMatchObject({ code: 'PM1214' })
    await publish(publisher, { n: '2' })
    await publisher.rollback()
    await expect(publisher.rollback()).rejects.toMatchObject({ code: 'PM1214' })
  })

  it.each(['..gen-000009-0644-0123456789ab', '../elsewhere', '/etc', '..data', 'n'])(
    'is refused to %s, which is no generation of this volume',
    async (generation) => {
      const dir = await temporaryFolder()
      const publisher = createPublisher(dir)
      await publish(publisher, { n: '1' })
      await expect(publisher.rollback(generation)).rejects.toMatchObject({ code: 'PM1214' })
      expect(await published(dir)).toEqual({ n: '1' })
    },
  )
})

describe('what a publisher refuses', () => {
  it.each([
    ['an empty one', '', 'is empty'],
    ['an absolute path', '/etc/passwd', 'is an absolute path'],
    ['a path upwards', '../up', 'begins with ".."'],
    ["one of the volume's own names", '..data', 'begins with ".."'],
    ['a path that climbs out', 'a/../../up', 'has "." or ".."'],
    ['a path with a dot', './a', 'has "." or ".."'],
    ['a double slash', 'a//b', 'has an empty path element'],
    ['a slash at the end', 'a/', 'has an empty path element'],
    ['a NUL byte', 'a\0b', 'contains a NUL byte'],
    ['a long name, counted in bytes', 'é'.repeat(128), 'longer than 255 bytes'],
    ['a long path', `${'a/'.repeat(2048)}a`, 'longer than 4096 bytes'],
  ])('a key: %s', async (_, key, problem) => {
    const dir = await temporaryFolder()
    await expect(publish(createPublisher(dir), { fine: '1', [key]: '1' })).rejects.toMatchObject({
      code: 'PM1212',
      message: expect.stringContaining(problem),
    })
    expect(await readdir(dir)).toEqual([])
  })

  it('a key that is the directory of another', async () => {
    const publisher = createPublisher(await temporaryFolder())
    await expect(publish(publisher, { 'a/b/c': '1', 'a/b': '1' })).rejects.toMatchObject({
      code: 'PM1212',
      message: 'the key "a/b" is also the directory of another key: rename one of them',
    })
  })

  it.each([
    ['a file', (path: string) => writeFile(path, 'precious')],
    ['a directory', (path: string) => mkdir(path)],
    ['a link to somewhere else', (path: string) => symlink('/etc/hostname', path)],
  ])('to overwrite %s that it did not make', async (_, occupy) => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir)
    await publish(publisher, { b: '1' })
    await occupy(join(dir, 'a'))
    await expect(publish(publisher, { a: '2', b: '2' })).rejects.toMatchObject({
      code: 'PM1213',
      message: `${join(dir, 'a')} exists and was not published: remove it, or publish to a directory of its own`,
    })
    expect(await readFile(join(dir, 'b'), 'utf8')).toBe('1')
  })
})

describe('a failed write', () => {
  it.each([
    { errno: 'ENOSPC', call: 'writeFile', code: 'PM1210' },
    { errno: 'EDQUOT', call: 'sync', code: 'PM1210' },
    { errno: 'EACCES', call: 'mkdir', code: 'PM1208' },
    { errno: 'EROFS', call: 'mkdir', code: 'PM1209' },
    { errno: 'EIO', call: 'rename', code: 'PM1211' },
    { errno: 'EIO', call: 'symlink', code: 'PM1211' },
  ])(
    '$errno at $call is $code, leaves what was published, and the next publish works',
    async ({ errno, call, code }) => {
      const dir = await temporaryFolder()
      await publish(createPublisher(dir), { a: '1' })
      const { files } = mortalFiles(undefined, { [call]: errno })
      await expect(publish(createPublisher(dir, {}, { files }), { a: '2' })).rejects.toMatchObject({
        code,
        message: expect.stringContaining(`cannot publish to ${dir}: ${errno}: `),
      })
      expect(await published(dir)).toEqual({ a: '1' })
      await publish(createPublisher(dir), { a: '3' })
      expect(await published(dir)).toEqual({ a: '3' })
      expect((await readdir(dir)).filter((name) => /tmp/.test(name))).toEqual([])
    },
  )

  it('for want of space gives back what it had taken', async () => {
    const dir = await temporaryFolder()
    const { files } = mortalFiles(undefined, { writeFile: 'ENOSPC' })
    await expect(publish(createPublisher(dir, {}, { files }), { a: '1' })).rejects.toMatchObject({ code: 'PM1210' })
    expect(await readdir(dir)).toEqual([])
  })

  it('for want of space makes room from the oldest on, and never takes the current one', async () => {
    const dir = await temporaryFolder()
    for (const a of ['1', '2', '3']) await publish(createPublisher(dir), { a })
    const generations = await generationsIn(dir)

    const almostFull = { files: filesOfFullVolume(dir, generations.length - 1) }
    await publish(createPublisher(dir, {}, almostFull), { a: '4' })
    expect(await published(dir)).toEqual({ a: '4' })
    expect(await generationsIn(dir)).toEqual([...generations.slice(1), expect.stringContaining('..gen-000004-')])

    const full = { files: filesOfFullVolume(dir, 0) }
    await expect(publish(createPublisher(dir, {}, full), { a: '5' })).rejects.toMatchObject({ code: 'PM1210' })
    expect(await published(dir)).toEqual({ a: '4' })
    await expect(createPublisher(dir).rollback()).rejects.toMatchObject({ code: 'PM1214' })
    await publish(createPublisher(dir), { a: '6' })
    await createPublisher(dir).rollback()
    expect(await published(dir)).toEqual({ a: '4' })
  })

  it('for want of a directory says what to mount', async () => {
    const dir = join(await temporaryFolder(), 'missing')
    await expect(publish(createPublisher(dir), { a: '1' })).rejects.toMatchObject({
      code: 'PM1211',
      message: expect.stringContaining(`${dir} does not exist.\nMount a volume there`),
    })
  })
})

describe('kill -9 at any call', { timeout: 30_000 }, () => {
  const older = { app: 'one', gone: 'one', 'd/x': 'one' }
  const newer = { app: 'two', 'd/y': 'two', new: 'two' }

  it.each([
    { what: 'the first publish', before: [], act: (p: Publisher) => publish(p, newer), whole: [{}, newer] },
    { what: 'a later publish', before: [older], act: (p: Publisher) => publish(p, newer), whole: [older, newer] },
    {
      what: 'a publish that removes an old generation',
      before: [{ n: '1' }, { n: '2' }, { 'n/deep': '3', m: '3' }, older],
      act: (p: Publisher) => publish(p, newer),
      whole: [older, newer],
    },
    { what: 'a publish of the same', before: [older], act: (p: Publisher) => publish(p, older), whole: [older] },
    { what: 'a rollback', before: [older, newer], act: (p: Publisher) => p.rollback(), whole: [older, newer] },
  ])('of $what leaves one whole generation, and the next publisher mends the rest', async ({ before, act, whole }) => {
    const prepared = await temporaryFolder()
    for (const contents of before) await publish(createPublisher(prepared, {}, mortalFiles()), contents)

    for (let lifetime = 0, died = true; died; lifetime += 1) {
      const dir = await temporaryFolder()
      await cp(prepared, dir, { recursive: true, verbatimSymlinks: true })
      const mortal = mortalFiles(lifetime)
      died = await Promise.race([act(createPublisher(dir, {}, mortal)).then(() => false), mortal.died.then(() => true)])
      const where = `killed at call ${lifetime + 1}, ${mortal.lastCall()}`

      const left = await published(dir)
      expect(whole, where).toContainEqual(left)
      if (before.length > 0) expect(['one', 'two'], where).toContain(await readFile(join(dir, 'app'), 'utf8'))
      for (const generation of await generationsIn(dir)) {
        expect([...before, newer], where).toContainEqual(await published(join(dir, generation)))
      }
      await mendsByPublishingAgain(dir, left, where)
      await createPublisher(dir, {}, mortalFiles())
        .rollback()
        .catch((error) => expect(error, where).toMatchObject({ code: 'PM1214' }))
      expect([...before, newer, {}], where).toContainEqual(await published(dir))

      await publish(createPublisher(dir, {}, mortalFiles()), { app: 'three' })
      expect(await published(dir), where).toEqual({ app: 'three' })
      const names = (await readdir(dir)).sort()
      expect(
        names.filter((name) => !/^\.\.(gen-|data$|previous$)/.test(name)),
        where,
      ).toEqual(['app'])
      expect((await generationsIn(dir)).length, where).toBeLessThanOrEqual(3)
    }
  })
})

/** In a copy, so that the original is left as the killed process left it. */
async function mendsByPublishingAgain(dir: string, contents: Contents, where: string): Promise<void> {
  const copy = await temporaryFolder()
  await cp(dir, copy, { recursive: true, verbatimSymlinks: true })
  await publish(createPublisher(copy, {}, mortalFiles()), contents)
  const links = (await readdir(copy)).filter((name) => !name.startsWith('..')).sort()
  expect(links, where).toEqual([...new Set(Object.keys(contents).map((key) => key.split('/', 1).join()))].sort())
}

/** The files of a volume that takes a new one only while it holds at most so many generations. */
function filesOfFullVolume(dir: string, generationsMax: number): VolumeFiles {
  const { files } = mortalFiles()
  return {
    ...nodeFiles,
    open: async (path, flags, mode) => {
      if (flags === 'wx' && (await generationsIn(dir)).length > generationsMax)
        throw Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC', syscall: 'open' })
      return files.open(path, flags, mode)
    },
  }
}
