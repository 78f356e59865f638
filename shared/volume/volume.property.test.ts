/**
 * The laws of a volume under any order of events: a reader never gets a content that was not there, and a watch ends
 * with the last one. Readers and the watch run on a real directory while the events happen, without a pause between.
 */
import { chmod, mkdir, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { atomicWriter } from '../testing/atomic-writer.ts'
import { mortalFiles } from '../testing/mortal-files.ts'
import { recordingLog } from '../testing/recording-log.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { systemClock } from '../world/clock.ts'
import { contentHash } from './content-hash.ts'
import { createPublisher } from './publish.ts'
import { readSnapshot } from './snapshot.ts'
import { type VolumeState, watchVolume } from './watch.ts'

const runs = { numRuns: 25, endOnFailure: true }

/** The slow look would hide a missed event; without it, the test waits in vain. */
const anHourMs = 3_600_000

type Contents = Readonly<Record<string, string>>

/** Contents of several files that change together, so that a mixture of two is none of them. */
const contents = fc
  .record({
    version: fc.integer({ min: 0, max: 99 }),
    keys: fc.subarray(['a', 'b', 'c', 'd/e', 'd/f'], { minLength: 1 }),
  })
  .map(({ version, keys }): Contents => Object.fromEntries(keys.map((key) => [key, `${key} ${version}`])))

const absent = 'absent'
const hashOf = (files: Contents): string => contentHash(new Map(Object.entries(files)))

/** Everything that the directory has been since the beginning, as hashes, and what it is now. */
interface History {
  readonly hashes: Set<string>
  now: string
}

/** Call it before the change is made, so that no reader can be faster than the history. */
function willBe(history: History, hash: string): void {
  history.hashes.add(hash)
  history.now = hash
}

/** Reads and watches `dir` while `events` happen to it, and holds all that was seen against the history. */
async function observed(dir: string, history: History, events: () => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const seen: string[] = []
  let onSeen = (): void => undefined
  const onState = (state: VolumeState): void => {
    seen.push(shortOf(state))
    onSeen()
  }
  const world = { clock: systemClock, log: recordingLog() }
  const watch = watchVolume(dir, { signal: stop.signal, onState, pollMs: 5, rehashMs: anHourMs }, world)

  let happening = true
  const reader = async (): Promise<void> => {
    while (happening) {
      const hash = await readSnapshot(dir).then(
        (snapshot) => snapshot.hash,
        (error: { code: string }) => (error.code === 'PM1201' ? absent : error.code),
      )
      expect(history.hashes).toContain(hash)
    }
  }
  const readers = Promise.all([reader(), reader()])
  await events().finally(() => {
    happening = false
  })
  await readers

  const end = new Promise<void>((resolve) => {
    onSeen = () => {
      if (seen.at(-1) === history.now) resolve()
    }
    onSeen()
  })
  await Promise.race([end, watch])
  stop.abort()
  await watch
  for (const hash of seen) expect(history.hashes).toContain(hash)
}

function shortOf(state: VolumeState): string {
  switch (state.state) {
    case 'present':
      return state.snapshot.hash
    case 'absent':
      return absent
    case 'unreadable':
      return state.error.code
  }
}

type KubeletEvent =
  | { readonly kind: 'swap'; readonly files: Contents; readonly linksKeys: 'afterSwap' | 'beforeSwap' }
  | { readonly kind: 'chmod'; readonly mode: number }
  | { readonly kind: 'remount' }

const kubeletEvents = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('swap' as const),
        files: contents,
        linksKeys: fc.constantFrom('afterSwap' as const, 'beforeSwap' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('chmod' as const), mode: fc.constantFrom(0o600, 0o644, 0o755) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remount' as const) }) },
  ),
  { minLength: 1, maxLength: 20 },
)

it('never tears and never misses the last state, whatever the kubelet does to a volume', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(kubeletEvents, async (events) => {
      const folder = await temporaryFolder()
      const dir = join(folder, 'volume')
      await mkdir(dir)
      const history: History = { hashes: new Set([hashOf({})]), now: hashOf({}) }
      await observed(dir, history, async () => {
        for (const event of events) await happen(event, dir, history)
      })
      await rm(folder, { recursive: true })
    }),
    runs,
  )
})

async function happen(event: KubeletEvent, dir: string, history: History): Promise<void> {
  switch (event.kind) {
    case 'swap': {
      willBe(history, hashOf(event.files))
      await atomicWriter(dir, { linksKeys: event.linksKeys }).write(event.files)
      return
    }
    case 'chmod':
      for (const name of await readdir(dir)) await chmod(join(dir, name), event.mode | 0o700)
      return
    case 'remount': {
      willBe(history, absent)
      await rename(dir, `${dir}-gone`)
      await rm(`${dir}-gone`, { recursive: true })
      willBe(history, hashOf({}))
      await mkdir(dir)
      return
    }
  }
}

type PublisherEvent =
  | { readonly kind: 'publish'; readonly files: Contents }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'restart'; readonly keep: number }

const publisherEvents = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('publish' as const), files: contents }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('rollback' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('restart' as const), keep: fc.integer({ min: 2, max: 4 }) }),
    },
  ),
  { minLength: 1, maxLength: 10 },
)

it('never tears and never misses the last state, whatever a publisher does', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(publisherEvents, async (events) => {
      const dir = await temporaryFolder()
      const history: History = { hashes: new Set([hashOf({})]), now: hashOf({}) }
      const publisher = actor(dir, history)
      await observed(dir, history, async () => {
        for (const event of events) await publisher(event)
      })
      await rm(dir, { recursive: true })
    }),
    runs,
  )
})

/** A publisher beside a model of it that knows two things: what is published, and what was before. */
function actor(dir: string, history: History): (event: PublisherEvent) => Promise<void> {
  let publisher = createPublisher(dir, { keep: 2 }, mortalFiles())
  let current: string | undefined
  let previous: string | undefined

  return async (event) => {
    switch (event.kind) {
      case 'restart':
        publisher = createPublisher(dir, { keep: event.keep }, mortalFiles())
        return
      case 'publish': {
        const next = hashOf(event.files)
        if (next !== current) previous = current
        current = next
        willBe(history, next)
        await publisher.publish(new Map(Object.entries(event.files)))
        return
      }
      case 'rollback':
        if (previous === undefined || previous === current) {
          await expect(publisher.rollback()).rejects.toMatchObject({ code: 'PM1214' })
          return
        }
        current = previous
        willBe(history, previous)
        await publisher.rollback()
    }
  }
}

type PlainEvent =
  | { readonly kind: 'write'; readonly name: string; readonly text: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'chmod'; readonly mode: number }
  | { readonly kind: 'recreate' }

const fileName = fc.constantFrom('a', 'b', 'c')
const plainEvents = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('write' as const), name: fileName, text: fc.string({ maxLength: 3 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), name: fileName }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('chmod' as const), mode: fc.constantFrom(0o600, 0o640) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const) }) },
  ),
  { minLength: 1, maxLength: 40 },
)

it('never tears and never misses the last state, whatever happens to a plain directory', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(plainEvents, async (events) => {
      const folder = await temporaryFolder()
      const dir = join(folder, 'plain')
      await mkdir(dir)
      // A reader that two writes in a row keep from agreeing with itself says so, and reads again.
      const history: History = { hashes: new Set([hashOf({}), 'PM1204']), now: hashOf({}) }
      let files: Contents = {}
      await observed(dir, history, async () => {
        for (const event of events) files = await happenToPlain(event, dir, files, history)
      })
      await rm(folder, { recursive: true })
    }),
    runs,
  )
})

async function happenToPlain(event: PlainEvent, dir: string, files: Contents, history: History): Promise<Contents> {
  switch (event.kind) {
    case 'write': {
      const next = { ...files, [event.name]: event.text }
      willBe(history, hashOf(next))
      await writeFile(join(dir, '..new'), event.text)
      await rename(join(dir, '..new'), join(dir, event.name))
      return next
    }
    case 'remove': {
      if (!(event.name in files)) return files
      const { [event.name]: _, ...next } = files
      willBe(history, hashOf(next))
      await unlink(join(dir, event.name))
      return next
    }
    case 'chmod':
      for (const name of Object.keys(files)) await chmod(join(dir, name), event.mode)
      return files
    case 'recreate': {
      let next = files
      for (const name of Object.keys(files)) next = await happenToPlain({ kind: 'remove', name }, dir, next, history)
      willBe(history, absent)
      await rm(dir, { recursive: true })
      willBe(history, hashOf({}))
      await mkdir(dir)
      return {}
    }
  }
}
