import { chmod, cp, mkdir, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { atomicWriter } from '../testing/atomic-writer.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { type RecordingLog, recordingLog } from '../testing/recording-log.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { systemClock } from '../world/clock.ts'
import { createPublisher } from './publish.ts'
import { systemKernel, type VolumeState, type WatchKernel, type WatchOptions, watchVolume } from './watch.ts'

/** What a state says in one line: `{"a":"1"}`, `absent`, or the code of the error. */
function inShort(state: VolumeState): string {
  switch (state.state) {
    case 'present': {
      const texts = [...state.snapshot.files].map(([key, content]) => [key, content.toString()])
      return JSON.stringify(Object.fromEntries(texts))
    }
    case 'absent':
      return 'absent'
    case 'unreadable':
      return state.error.code
  }
}

interface Watching {
  /** Every state that was delivered, in short. */
  readonly seen: string[]
  readonly modes: string[]
  readonly frozen: (readonly string[])[]
  readonly log: RecordingLog
  /** Resolves when this state is the last one that was delivered. */
  until(state: string): Promise<void>
}

/** Watches for the time of one test. The slow look keeps its 30 s, so that it hides no event that was missed. */
function watching(dir: string, options: Partial<WatchOptions> = {}, kernel: WatchKernel = systemKernel): Watching {
  const abort = new AbortController()
  const seen: string[] = []
  const modes: string[] = []
  const frozen: (readonly string[])[] = []
  const log = recordingLog()
  let onSeen = (): void => undefined
  const onState = (state: VolumeState): void => {
    seen.push(inShort(state))
    onSeen()
  }
  const running = watchVolume(
    dir,
    {
      signal: abort.signal,
      onState,
      onMode: (mode) => modes.push(mode.mode === 'poll' ? `poll ${mode.reason}` : mode.mode),
      onFrozen: (mountPoints) => frozen.push(mountPoints),
      pollMs: 5,
      ...options,
    },
    { clock: systemClock, log, kernel },
  )
  onTestFinished(() => {
    abort.abort()
    return running
  })
  return {
    seen,
    modes,
    frozen,
    log,
    until: (state) =>
      new Promise((resolve, reject) => {
        onSeen = () => {
          if (seen.at(-1) === state) resolve()
        }
        onSeen()
        running.catch(reject)
      }),
  }
}

interface Stepping {
  readonly seen: string[]
  /** Moves time, and lets a look that falls due be finished. */
  advance(ms: number): Promise<void>
  /** Passes the time in which no look may follow another. */
  rest(): Promise<void>
  /** Moves time to the slow look, lets it be finished and passes the rest after it. */
  slowLook(): Promise<void>
  /** Reports an event, and does not wait for what follows. */
  fire(name: string): void
  /** Reports an event and lets the look that it causes be finished. */
  event(name: string): Promise<void>
  lookBegins(): Promise<void>
  /** How many watches were taken so far, and are not closed yet. */
  watches(): { taken: number; open: number }
  stop(): Promise<{ timers: number; open: number }>
}

/**
 * A watch on a clock that stands still and a kernel that says only what the test says. A watch that waits has one
 * timer, a watch that looks has none: so the test knows when it is done. Resolves after the first look and its rest.
 */
async function stepping(dir: string): Promise<Stepping> {
  const clock = fakeClock()
  const abort = new AbortController()
  const seen: string[] = []
  let fire = (_: string): void => undefined
  let taken = 0
  let open = 0
  const kernel: WatchKernel = {
    mountInfo: noMounts,
    watch: (_, onEvent) => {
      taken += 1
      open += 1
      fire = onEvent
      return {
        close: () => {
          open -= 1
        },
      }
    },
  }
  const options = { signal: abort.signal, onState: (state: VolumeState) => seen.push(inShort(state)) }
  const running = watchVolume(dir, options, { clock, log: recordingLog(), kernel })

  const untilPending = async (timers: number): Promise<void> => {
    do await new Promise((resolve) => setImmediate(resolve))
    while (clock.pending() !== timers)
  }
  const advance = async (ms: number): Promise<void> => {
    await clock.advance(ms)
    await untilPending(1)
  }
  await untilPending(1)
  await advance(50)
  return {
    seen,
    advance,
    rest: () => advance(50),
    async slowLook() {
      await advance(30_000)
      await advance(50)
    },
    fire: (name) => fire(name),
    async event(name) {
      fire(name)
      await untilPending(1)
    },
    lookBegins: () => untilPending(0),
    watches: () => ({ taken, open }),
    async stop() {
      abort.abort()
      await running
      return { timers: clock.pending(), open }
    },
  }
}

/** Makes `..data` lead to another directory with the same content, as no kubelet does but a publisher might. */
async function swapForCopy(dir: string): Promise<void> {
  await cp(join(dir, await readlink(join(dir, '..data'))), join(dir, '..copy'), { recursive: true })
  await symlink('..copy', join(dir, '..data_tmp'))
  await rename(join(dir, '..data_tmp'), join(dir, '..data'))
}

const noMounts = async (): Promise<string> => ''

/** A kernel whose watches never say anything, as under gVisor or on NFS. */
const blind: WatchKernel = { watch: () => ({ close: () => undefined }), mountInfo: noMounts }

const errno = (code: string): Error => Object.assign(new Error(`${code}: watch`), { code, syscall: 'watch' })

describe('a volume that the kubelet writes', () => {
  it.each(['afterSwap', 'beforeSwap'] as const)('tells each of five swaps, links made %s', async (linksKeys) => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir, { linksKeys })
    await kubelet.write({ n: '0' })
    const watch = watching(dir)
    await watch.until('{"n":"0"}')
    for (const n of ['1', '2', '3', '4', '5']) {
      await kubelet.write({ n })
      await watch.until(`{"n":"${n}"}`)
    }
    expect(watch.seen).toEqual([0, 1, 2, 3, 4, 5].map((n) => `{"n":"${n}"}`))
    expect(watch.log.lines).toEqual([])
  })

  it.each([
    ['a key comes', { a: '1', b: '2' }, '{"a":"1","b":"2"}'],
    ['a key goes', {}, '{}'],
    ['a key is renamed', { z: '1' }, '{"z":"1"}'],
    ['a nested key comes', { a: '1', 'd/e': '2' }, '{"a":"1","d/e":"2"}'],
  ])('tells that %s', async (_, files, expected) => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir)
    await kubelet.write({ a: '1' })
    const watch = watching(dir)
    await watch.until('{"a":"1"}')
    await kubelet.write(files)
    await watch.until(expected)
    expect(watch.seen).toEqual(['{"a":"1"}', expected])
  })

  it.each([
    ['the modes of its files', (dir: string) => chmod(join(dir, 'n'), 0o600)],
    ['its own mode', (dir: string) => chmod(dir, 0o700)],
    ['the times of its files', (dir: string) => writeFile(join(dir, 'n'), '0')],
    ['a file beside the keys', (dir: string) => writeFile(join(dir, 'stray'), 'x')],
    ['..data, which leads to a copy now', (dir: string) => swapForCopy(dir)],
  ])('tells nothing when something changes %s', async (_, change) => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir)
    await kubelet.write({ n: '0' })
    const watch = await stepping(dir)
    await change(dir)
    await watch.slowLook()
    expect(watch.seen).toEqual(['{"n":"0"}'])
    await kubelet.write({ n: '1' })
    await watch.slowLook()
    expect(watch.seen).toEqual(['{"n":"0"}', '{"n":"1"}'])
  })

  it('may be an output of ours: a publish and a rollback are told like any swap', async () => {
    const dir = await temporaryFolder()
    const publisher = createPublisher(dir)
    await publisher.publish(new Map([['n', '0']]))
    const watch = watching(dir)
    await watch.until('{"n":"0"}')
    await publisher.publish(new Map([['n', '1']]))
    await watch.until('{"n":"1"}')
    await publisher.rollback()
    await watch.until('{"n":"0"}')
  })

  it('may come later: first no directory, then an empty one, then the first swap', async () => {
    const dir = join(await temporaryFolder(), 'late')
    const watch = watching(dir)
    await watch.until('absent')
    expect(watch.modes).toEqual(['poll ENOENT'])
    await mkdir(dir)
    await watch.until('{}')
    await atomicWriter(dir).write({ n: '1' })
    await watch.until('{"n":"1"}')
    expect(watch.modes).toEqual(['poll ENOENT', 'inotify'])
    expect(watch.log.messages()).not.toContain('changes are found by polling')
  })

  it('may be removed and made again, time after time, and each swap after it is told', async () => {
    const dir = join(await temporaryFolder(), 'volume')
    await mkdir(dir)
    await atomicWriter(dir).write({ n: 'first' })
    const watch = watching(dir)
    for (let round = 0; round < 3; round += 1) {
      await rm(dir, { recursive: true })
      await watch.until('absent')
      await mkdir(dir)
      const kubelet = atomicWriter(dir)
      for (const n of ['a', 'b']) {
        await kubelet.write({ n: `${round}${n}` })
        await watch.until(`{"n":"${round}${n}"}`)
      }
    }
  })

  it('may be replaced by another directory between two looks, as rename does it', async () => {
    const folder = await temporaryFolder()
    const dir = join(folder, 'volume')
    await mkdir(dir)
    await atomicWriter(dir).write({ n: 'old' })
    const watch = watching(dir)
    await watch.until('{"n":"old"}')
    await mkdir(join(folder, 'next'))
    await atomicWriter(join(folder, 'next')).write({ n: 'new' })
    await rename(dir, join(folder, 'before'))
    await rename(join(folder, 'next'), dir)
    await watch.until('{"n":"new"}')
    await atomicWriter(dir).write({ n: 'newer' })
    await watch.until('{"n":"newer"}')
  })

  it('may turn into a plain directory and back', async () => {
    const dir = await temporaryFolder()
    await atomicWriter(dir).write({ n: 'volume' })
    const watch = watching(dir)
    await watch.until('{"n":"volume"}')
    await unlink(join(dir, '..data'))
    await watch.until('{}')
    await unlink(join(dir, 'n'))
    await writeFile(join(dir, 'n'), 'plain')
    await watch.until('{"n":"plain"}')
    await unlink(join(dir, 'n'))
    await atomicWriter(dir).write({ n: 'again' })
    await watch.until('{"n":"again"}')
  })
})

describe('a plain directory', () => {
  it.each([
    ['a file is written in place', (dir: string) => writeFile(join(dir, 'a'), '2'), '{"a":"2"}'],
    [
      'a file is replaced by rename',
      async (dir: string) => {
        await writeFile(join(dir, '..tmp'), '2')
        await rename(join(dir, '..tmp'), join(dir, 'a'))
      },
      '{"a":"2"}',
    ],
    ['a file comes', (dir: string) => writeFile(join(dir, 'b'), '2'), '{"a":"1","b":"2"}'],
    ['a file goes', (dir: string) => unlink(join(dir, 'a')), '{}'],
    [
      'a file has the name of the directory',
      (dir: string) => writeFile(join(dir, 'plain'), '2'),
      '{"a":"1","plain":"2"}',
    ],
  ])('tells that %s', async (_, change, expected) => {
    const dir = join(await temporaryFolder(), 'plain')
    await mkdir(dir)
    await writeFile(join(dir, 'a'), '1')
    const watch = watching(dir)
    await watch.until('{"a":"1"}')
    await change(dir)
    await watch.until(expected)
  })

  it('tells a change in a nested directory, which no event reports, at the next slow look', async () => {
    const dir = await temporaryFolder()
    await mkdir(join(dir, 'd'))
    await writeFile(join(dir, 'd', 'a'), '1')
    const watch = watching(dir, { rehashMs: 5 })
    await watch.until('{"d/a":"1"}')
    await writeFile(join(dir, 'd', 'a'), '2')
    await watch.until('{"d/a":"2"}')
  })

  it('tells that it cannot be read, and why, and when it can be again', async () => {
    const dir = await temporaryFolder()
    const watch = watching(dir)
    await watch.until('{}')
    await symlink('/etc/hostname', join(dir, 'escape'))
    await watch.until('PM1203')
    await unlink(join(dir, 'escape'))
    await watch.until('{}')
    expect(watch.seen).toEqual(['{}', 'PM1203', '{}'])
  })
})

describe('when the kernel gives no events', () => {
  it.each(['EMFILE', 'ENOSPC', 'ENOSYS', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM'])(
    'polls on %s, says so, and goes back to inotify when there is one',
    async (code) => {
      const dir = await temporaryFolder()
      const kubelet = atomicWriter(dir)
      await kubelet.write({ n: '0' })
      let exhausted = true
      const watch = watching(
        dir,
        {},
        {
          mountInfo: noMounts,
          watch: (...args) => {
            if (exhausted) throw errno(code)
            return systemKernel.watch(...args)
          },
        },
      )
      await watch.until('{"n":"0"}')
      await kubelet.write({ n: '1' })
      await watch.until('{"n":"1"}')
      expect(watch.modes).toEqual([`poll ${code}`])
      expect(watch.log.lines).toEqual([
        {
          level: 'warn',
          message: 'changes are found by polling',
          fields: { dir, code: 'PM1206', reason: code, poll_ms: 5 },
        },
      ])

      exhausted = false
      for (let n = 100; watch.modes.length === 1; n += 1) await kubelet.write({ n: String(n) })
      await kubelet.write({ n: '2' })
      await watch.until('{"n":"2"}')
      expect(watch.modes).toEqual([`poll ${code}`, 'inotify'])
      expect(watch.log.messages()).toEqual(['changes are found by polling', 'changes are found by inotify again'])
    },
  )

  it('takes the watch anew when it reports an error later', async () => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir)
    await kubelet.write({ n: '0' })
    const first = Promise.withResolvers<() => void>()
    let taken = 0
    const watch = watching(
      dir,
      {},
      {
        mountInfo: noMounts,
        watch: (path, onEvent, onError) => {
          taken += 1
          if (taken > 1) return systemKernel.watch(path, onEvent, onError)
          first.resolve(onError)
          return blind.watch(path, onEvent, onError)
        },
      },
    )
    await watch.until('{"n":"0"}')
    await kubelet.write({ n: '1' })
    ;(await first.promise)()
    await watch.until('{"n":"1"}')
    await kubelet.write({ n: '2' })
    await watch.until('{"n":"2"}')
    expect(taken).toBe(2)
  })

  it('looks every 30 seconds where events get lost, and takes the watch anew each time', async () => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir)
    await kubelet.write({ n: '0' })
    const watch = await stepping(dir)
    await kubelet.write({ n: '1' })
    await watch.advance(29_999)
    expect(watch.seen).toEqual(['{"n":"0"}'])
    await watch.advance(1)
    expect(watch.seen).toEqual(['{"n":"0"}', '{"n":"1"}'])
    expect(watch.watches()).toEqual({ taken: 2, open: 1 })
  })

  it('looks once for an event, and then not before the next one or the slow look', async () => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir)
    await kubelet.write({ n: '0' })
    const watch = await stepping(dir)
    await kubelet.write({ n: '1' })
    await watch.event('..data')
    await watch.rest()
    await kubelet.write({ n: '2' })
    await watch.advance(29_999)
    expect(watch.seen).toEqual(['{"n":"0"}', '{"n":"1"}'])
    expect(watch.watches()).toEqual({ taken: 1, open: 1 })
  })

  it('does not look for the names that a swap touches besides ..data', async () => {
    const dir = await temporaryFolder()
    const kubelet = atomicWriter(dir)
    await kubelet.write({ n: '0' })
    const watch = await stepping(dir)
    await kubelet.write({ n: '1' })
    for (const name of ['..2026_11_23_11_49_04.738', '..data_tmp', 'n']) await watch.event(name)
    expect(watch.seen).toEqual(['{"n":"0"}'])
    await watch.event('..data')
    expect(watch.seen).toEqual(['{"n":"0"}', '{"n":"1"}'])
  })

  it('misses nothing that happens during a look, even where a volume is just becoming a plain directory', async () => {
    const dir = await temporaryFolder()
    await atomicWriter(dir).write({ n: 'volume' })
    const watch = await stepping(dir)
    await unlink(join(dir, '..data'))
    await rm(join(dir, 'n'))
    await writeFile(join(dir, 'n'), '1')
    const looked = watch.event('..data')
    await watch.lookBegins()
    watch.fire('n')
    await looked
    await writeFile(join(dir, 'n'), '2')
    await watch.rest()
    expect(watch.seen.at(-1)).toBe('{"n":"2"}')
  })

  it('finds a directory whose parent was replaced, which leaves the old watch blind, at the next slow look', async () => {
    const folder = await temporaryFolder()
    const dir = join(folder, 'parent', 'volume')
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'n'), 'old')
    const watch = watching(dir, { rehashMs: 5 })
    await watch.until('{"n":"old"}')
    await rename(join(folder, 'parent'), join(folder, 'before'))
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'n'), 'new')
    await watch.until('{"n":"new"}')
  })
})

describe('mounts that never change', () => {
  const mountLine = (root: string, mountPoint: string): string =>
    `523 47 253:16 ${root} ${mountPoint} rw,noatime shared:29 - xfs /dev/vdb rw,attr2,inode64,prjquota\n`

  it('are named once, and make the watch poll', async () => {
    const dir = await temporaryFolder()
    await writeFile(join(dir, 'app.yaml'), 'old')
    const mountInfo = async () =>
      mountLine('/pods/1/kubernetes.io~configmap/c/..2026_07_21.96/app.yaml', join(dir, 'app.yaml'))
    const watch = watching(dir, {}, { ...systemKernel, mountInfo })
    await watch.until('{"app.yaml":"old"}')
    await writeFile(join(dir, 'other.yaml'), '1')
    await watch.until('{"app.yaml":"old","other.yaml":"1"}')
    expect(watch.frozen).toEqual([[join(dir, 'app.yaml')]])
    expect(watch.modes).toEqual(['poll subPath'])
    expect(watch.log.lines).toEqual([
      {
        level: 'warn',
        message: 'a mount in the directory never changes',
        fields: { dir, code: 'PM1207', mounts: [join(dir, 'app.yaml')] },
      },
    ])
  })
})

describe('the end of a watch', () => {
  it('leaves neither a timer nor an open watch', async () => {
    const watch = await stepping(await temporaryFolder())
    expect(await watch.stop()).toEqual({ timers: 0, open: 0 })
  })

  it('delivers nothing when it was over before it began', async () => {
    const abort = new AbortController()
    abort.abort()
    const seen: unknown[] = []
    const options = { signal: abort.signal, onState: (state: VolumeState) => seen.push(state) }
    await watchVolume(await temporaryFolder(), options, { clock: fakeClock(), log: recordingLog(), kernel: blind })
    expect(seen).toEqual([])
  })

  it('delivers nothing when it comes during a look', async () => {
    const abort = new AbortController()
    const seen: unknown[] = []
    const clock = fakeClock()
    const running = watchVolume(
      await temporaryFolder(),
      { signal: abort.signal, onState: (state) => seen.push(state), onMode: () => abort.abort() },
      { clock, log: recordingLog(), kernel: blind },
    )
    await running
    expect(seen).toEqual([])
    expect(clock.pending()).toBe(0)
  })

  it('comes with what a callback threw', async () => {
    const failing = {
      signal: new AbortController().signal,
      onState: () => {
        throw new Error('no use for it')
      },
    }
    const world = { clock: fakeClock(), log: recordingLog(), kernel: blind }
    await expect(watchVolume(await temporaryFolder(), failing, world)).rejects.toThrow('no use for it')
  })
})
