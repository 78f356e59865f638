import { CodedError } from '@podmates/shared/errors/coded-error.ts'
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { contentHash } from '@podmates/shared/volume/content-hash.ts'
import type { Publisher } from '@podmates/shared/volume/publish.ts'
import type { VolumeState } from '@podmates/shared/volume/watch.ts'
import { seededRandom } from '@podmates/shared/world/random.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOutput } from './output.ts'
import { createOutputJournal, createOutputMetrics } from './output-journal.ts'
import type { OutputPlan } from './output-plan.ts'
import { verdictOf } from './output-standing.ts'
import { fileHash, type Generation } from './publish/generation.ts'
import type { Answer, Notice } from './reload/delivery.ts'
import { parseReference } from './render/reference.ts'
import type { Recipe } from './render/render.ts'

const absent: VolumeState = { state: 'absent' }

function holding(files: Readonly<Record<string, string>>): VolumeState {
  const map = new Map(Object.entries(files).map(([key, text]) => [key, Buffer.from(text)]))
  return { state: 'present', snapshot: { files: map, hash: contentHash(map) } }
}

const app = (text: string): VolumeState => holding({ 'app.yaml': text })

type Files = Readonly<Record<string, string>>

const asText = (files: ReadonlyMap<string, Uint8Array | string>): Files =>
  Object.fromEntries([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))

/** A volume in memory, whose writes take time and may fail. */
function memoryVolume(clock: FakeClock) {
  const written: Files[] = []
  const volume = {
    written,
    /** Errors of the next writes, in order; undefined is a write that succeeds. */
    failures: [] as (Error | undefined)[],
    writeMs: 0,
    now: undefined as ReadonlyMap<string, Buffer> | undefined,
    /** What is there cannot be read, because somebody damaged it. */
    damage: undefined as Error | undefined,
    /** How often what was there was published again, to mend its links. */
    mended: 0,
    mendFailure: undefined as Error | undefined,
  }
  const publisher: Publisher = {
    current: async () => {
      if (volume.damage !== undefined) throw volume.damage
      return volume.now && { files: volume.now, hash: contentHash(volume.now) }
    },
    rollback: () => Promise.reject(new Error('not used')),
    publish: async (files) => {
      const hash = contentHash(files)
      if (volume.now !== undefined && contentHash(volume.now) === hash) {
        await clock.sleep(volume.writeMs)
        if (volume.mendFailure !== undefined) throw volume.mendFailure
        volume.mended += 1
        return { outcome: 'unchanged', generation: '', hash }
      }
      await clock.sleep(volume.writeMs)
      const failure = volume.failures.shift()
      if (failure !== undefined) throw failure
      volume.now = new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes)]))
      written.push(asText(files))
      return { outcome: 'published', generation: '', hash }
    },
  }
  return Object.assign(volume, { publisher })
}

/** An app that reads its file when it is told, unless it is down or refuses what it finds. */
function memoryApp(clock: FakeClock) {
  const memory = {
    isUp: true,
    refuses: (_text: string) => false,
    /** Whether it refuses outright, or in words that may change. */
    refusal: 'no' as 'no' | 'refused',
    uses: undefined as string | undefined,
    told: [] as string[],
    /** How long a reload takes. */
    delayMs: 0,
  }
  const down: Answer = { answer: 'unreached', reason: 'ECONNREFUSED' }
  return Object.assign(memory, {
    notify: async (generation: Generation): Promise<Notice> => {
      if (!memory.isUp) return down
      await clock.sleep(memory.delayMs)
      const text = asText(generation.files)['app.yaml'] ?? ''
      memory.told.push(text)
      if (memory.refuses(text)) return { answer: memory.refusal, reason: 'answered 422' }
      memory.uses = fileHash(generation)
      return { answer: 'yes' }
    },
    verify: async (generation: Generation): Promise<Answer> => {
      if (!memory.isUp) return down
      return memory.uses === fileHash(generation) ? { answer: 'yes' } : { answer: 'no', reason: 'another hash' }
    },
  })
}

const plan: OutputPlan = {
  name: 'app',
  dir: '/config',
  mode: 0o640,
  keep: 3,
  recipe: { from: 'source', source: 'app' },
  checks: [{ format: 'auto' }],
  settling: { quietMs: 500, maxMs: 5000 },
  rules: { notifies: true, verifies: true, withinMs: 10_000, onFailure: 'rollback' },
  reload: { by: 'nothing' },
  verification: undefined,
}

function stage(more: Partial<OutputPlan> = {}, seed = 1) {
  const clock = fakeClock()
  const log = recordingLog()
  const metrics = createMetrics('config-helper', '0.0.0')
  const volume = memoryVolume(clock)
  const memory = memoryApp(clock)
  const failures: unknown[] = []
  const output = createOutput(
    { ...plan, ...more },
    {
      clock,
      random: seededRandom(seed),
      publisher: volume.publisher,
      notify: memory.notify,
      verify: memory.verify,
      journal: createOutputJournal('app', { log, metrics: createOutputMetrics(metrics), clock }),
      fail: (error) => failures.push(error),
    },
  )
  const starting = new AbortController()
  const started = { yes: false, error: undefined as unknown }
  const start = async (): Promise<void> => {
    output.start(starting.signal).then(
      () => {
        started.yes = true
      },
      (error: unknown) => {
        started.error = error
      },
    )
    await clock.advance(0)
  }
  const metric = async (line: string): Promise<string | undefined> =>
    (await metrics.exposition()).text
      .split('\n')
      .find((text) => text.startsWith(`podmates_config_helper_${line} `))
      ?.split(' ')[1]
  return { clock, log, volume, app: memory, output, start, started, starting, failures, metric }
}

describe('the first publish', () => {
  it('is not delayed by the debounce, and ends the start', async () => {
    const { output, start, started, volume } = stage()
    output.sourceChanged('app', app('a: 1'))
    await start()
    expect(volume.written).toEqual([{ 'app.yaml': 'a: 1' }])
    expect(started.yes).toBe(true)
  })

  it('waits for every source to have been looked at', async () => {
    const at = (text: string) => parseReference(text) ?? { source: '', key: '' }
    const recipe: Recipe = {
      from: 'files',
      files: new Map([['app.yaml', { make: 'merge', of: [at('app/app.yaml'), at('kv/kv.yaml')] }]]),
    }
    const { output, start, started, volume, clock } = stage({ recipe })
    await start()
    output.sourceChanged('app', app('a: 1'))
    await clock.advance(60_000)
    expect(started.yes).toBe(false)
    output.sourceChanged('kv', holding({ 'kv.yaml': 'b: 2' }))
    await clock.advance(0)
    expect(volume.written).toEqual([{ 'app.yaml': 'a: 1\nb: 2\n' }])
    expect(started.yes).toBe(true)
  })

  it('is preceded by counters and hashes of 0', async () => {
    const { start, metric } = stage()
    await start()
    expect(await metric('config_publishes_total{output="app"}')).toBe('0')
    expect(await metric('config_hash{output="app",stage="acknowledged"}')).toBe('0')
    expect(await metric('config_last_reload_successful{output="app"}')).toBeUndefined()
  })

  it('waits for a source that is absent, empty or broken, and says why', async () => {
    const { output, start, started, volume, clock, log } = stage()
    await start()
    for (const state of [absent, holding({}), app('a: [')]) {
      output.sourceChanged('app', state)
      await clock.advance(1000)
    }
    expect(started.yes).toBe(false)
    expect(volume.written).toEqual([])
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(['PM3001', 'PM3002', 'PM3004'])
    output.sourceChanged('app', app('a: 1'))
    await clock.advance(500)
    expect(started.yes).toBe(true)
  })

  it('does not wait for the app', async () => {
    const { output, start, started, app: memory } = stage()
    memory.isUp = false
    output.sourceChanged('app', app('a: 1'))
    await start()
    expect(started.yes).toBe(true)
  })

  it.each(['PM1208', 'PM1209', 'PM1211'] as const)(
    'ends the start when it fails by %s, which no waiting mends',
    async (code) => {
      const { output, start, started, volume } = stage()
      volume.failures.push(new CodedError(code, 'EACCES'))
      output.sourceChanged('app', app('a: 1'))
      await start()
      expect(started.error).toMatchObject({ code })
    },
  )

  it('is tried again when the volume is full', async () => {
    const { output, start, started, volume, clock } = stage()
    volume.failures.push(new CodedError('PM1210', 'ENOSPC'), new CodedError('PM1210', 'ENOSPC'))
    output.sourceChanged('app', app('a: 1'))
    await start()
    expect(started.yes).toBe(false)
    await clock.advance(1000)
    expect(started.yes).toBe(true)
    expect(volume.written).toEqual([{ 'app.yaml': 'a: 1' }])
  })
})

describe('after a restart', () => {
  const restarted = async (state: VolumeState) => {
    const all = stage()
    all.volume.now = new Map([['app.yaml', Buffer.from('a: 1')]])
    all.app.uses = contentHash(new Map())
    all.output.sourceChanged('app', state)
    await all.start()
    return all
  }

  it('mends and keeps what is published, and starts with it even when the source is broken now', async () => {
    const { volume, started } = await restarted(app('a: ['))
    expect(volume).toMatchObject({ mended: 1, written: [] })
    expect(started.yes).toBe(true)
  })

  it('tells the app nothing when it uses what is published', async () => {
    const all = stage()
    const files = new Map([['app.yaml', Buffer.from('a: 1')]])
    all.volume.now = files
    all.app.uses = fileHash({ hash: '', files })
    all.output.sourceChanged('app', app('a: 1'))
    await all.start()
    expect(all.app.told).toEqual([])
    expect(verdictOf(all.output.standing())).toBe('current')
  })

  it('tells an app that uses something else', async () => {
    const { app: memory } = await restarted(app('a: 1'))
    expect(memory.told).toEqual(['a: 1'])
  })

  it.each(['PM1203', 'PM1204', 'PM1205'] as const)(
    'publishes anew when what was published cannot be read by %s, which a crash loop would not mend',
    async (code) => {
      const { output, start, started, volume, log } = stage()
      volume.damage = new CodedError(code, '..data leads to ..gen-000001, which is not all there')
      output.sourceChanged('app', app('a: 1'))
      await start()
      expect(started).toEqual({ yes: true, error: undefined })
      expect(volume.written).toEqual([{ 'app.yaml': 'a: 1' }])
      expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
        { fields: { output: 'app', code }, message: 'what was published before cannot be used, publishing anew' },
      ])
    },
  )

  it('fails when the volume itself cannot be looked at', async () => {
    const { start, started, volume } = stage()
    volume.damage = new CodedError('PM1201', '/config does not exist')
    await start()
    expect(started.error).toMatchObject({ code: 'PM1201' })
  })

  it('goes back to what it found when the app does not take the first new version', async () => {
    const { app: memory, output, clock, volume } = await restarted(app('a: 1'))
    memory.refuses = (text) => text === 'a: 2'
    output.sourceChanged('app', app('a: 2'))
    await clock.advance(20_000)
    expect(volume.written.at(-1)).toEqual({ 'app.yaml': 'a: 1' })
  })
})

async function running(more: Partial<OutputPlan> = {}) {
  const all = stage(more)
  all.output.sourceChanged('app', app('a: 1'))
  await all.start()
  return all
}

describe('a change', () => {
  it('is published once it has been quiet, and the app acknowledges it', async () => {
    const { output, clock, volume, app: memory, metric } = await running()
    output.sourceChanged('app', app('a: 2'))
    await clock.advance(300)
    output.sourceChanged('app', app('a: 3'))
    await clock.advance(499)
    expect(volume.written).toHaveLength(1)
    await clock.advance(1)
    expect(volume.written.at(-1)).toEqual({ 'app.yaml': 'a: 3' })
    expect(memory.told).toEqual(['a: 1', 'a: 3'])
    expect(verdictOf(output.standing())).toBe('current')
    expect(await metric('config_last_reload_successful{output="app"}')).toBe('1')
    expect(await metric('config_convergence_seconds_count{output="app",stage="acknowledged"}')).toBe('2')
  })

  it('to something broken is refused, and the published version stays', async () => {
    const { output, clock, volume, metric, log } = await running()
    output.sourceChanged('app', app('a: ['))
    await clock.advance(60_000)
    expect(volume.written).toHaveLength(1)
    expect(await metric('config_last_reload_successful{output="app"}')).toBe('0')
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', fields: { output: 'app', code: 'PM3004' } })
    output.sourceChanged('app', app('a: 1'))
    await clock.advance(500)
    expect(await metric('config_last_reload_successful{output="app"}')).toBe('1')
  })

  it('of the source to nothing at all publishes nothing', async () => {
    const { output, clock, volume } = await running()
    output.sourceChanged('app', absent)
    await clock.advance(60_000)
    output.sourceChanged('app', holding({}))
    await clock.advance(60_000)
    expect(volume.written).toEqual([{ 'app.yaml': 'a: 1' }])
  })

  it('that the app refuses is rolled back, told, and not tried again', async () => {
    const { output, clock, volume, app: memory, metric, log } = await running()
    memory.refuses = (text) => text === 'a: bad'
    output.sourceChanged('app', app('a: bad'))
    await clock.advance(20_000)
    expect(volume.written.map((files) => files['app.yaml'])).toEqual(['a: 1', 'a: bad', 'a: 1'])
    expect(memory.told.at(-1)).toBe('a: 1')
    expect(verdictOf(output.standing())).toBe('failed')
    expect(await metric('config_last_reload_successful{output="app"}')).toBe('0')
    expect(await metric('config_rollbacks_total{output="app"}')).toBe('1')
    expect(log.messages()).toContain('the app did not take the version, rolling back')
    output.sourceChanged('app', app('a: bad # but another file'))
    output.sourceChanged('app', app('a: bad'))
    await clock.advance(60_000)
    expect(volume.written).toHaveLength(3)
    output.sourceChanged('app', app('a: good'))
    await clock.advance(500)
    expect(verdictOf(output.standing())).toBe('current')
  })

  it('that the app refuses outright is rolled back without waiting for its time to end', async () => {
    const { output, clock, volume, app: memory } = await running()
    Object.assign(memory, { refuses: (text: string) => text === 'a: bad', refusal: 'refused' })
    output.sourceChanged('app', app('a: bad'))
    await clock.advance(plan.settling.quietMs)
    expect(volume.written.map((files) => files['app.yaml'])).toEqual(['a: 1', 'a: bad', 'a: 1'])
    expect(memory.told).toEqual(['a: 1', 'a: bad', 'a: 1'])
  })

  it('that the app refuses outright, with nothing to go back to, is told again and logged once', async () => {
    const { output, clock, app: memory, log, start, metric } = stage()
    Object.assign(memory, { refuses: () => true, refusal: 'refused' })
    output.sourceChanged('app', app('a: 1'))
    await start()
    expect(await metric('config_last_reload_successful{output="app"}')).toBe('0')
    await clock.advance(60_000)
    expect(memory.told.length).toBeGreaterThan(10)
    expect(log.messages().filter((message) => message.endsWith('telling it again'))).toHaveLength(1)
  })

  it('that comes while the app is down is acknowledged when it is up again, however long that takes', async () => {
    const { output, clock, volume, app: memory, log } = await running()
    memory.isUp = false
    output.sourceChanged('app', app('a: 2'))
    await clock.advance(3_600_000)
    expect(volume.written).toHaveLength(2)
    expect(log.lines.filter(({ message }) => message === 'waiting for the app')).toHaveLength(1)
    memory.isUp = true
    await clock.advance(5000)
    expect(verdictOf(output.standing())).toBe('current')
  })

  it('is not taken for acknowledged by an answer that the app gave to the version before', async () => {
    const { output, clock, app: memory } = await running({ rules: { ...plan.rules, verifies: false } })
    memory.delayMs = 3000
    output.sourceChanged('app', app('a: 2'))
    await clock.advance(1000)
    output.sourceChanged('app', app('a: 3'))
    await clock.advance(2600)
    expect(verdictOf(output.standing())).toBe('converging')
    await clock.advance(3000)
    expect(verdictOf(output.standing())).toBe('current')
  })

  it('ends the sidecar with PM3106 when onFailure is exit and the app refuses it', async () => {
    const { output, clock, app: memory, failures } = await running({ rules: { ...plan.rules, onFailure: 'exit' } })
    memory.refuses = () => true
    output.sourceChanged('app', app('a: 2'))
    await clock.advance(20_000)
    expect(failures).toMatchObject([{ code: 'PM3106', message: 'outputs.app: answered 422' }])
  })
})

describe('a volume that stays full', () => {
  const full = (attempts: number) => Array.from({ length: attempts }, () => new CodedError('PM1210', 'ENOSPC'))
  const sentence = 'could not publish, trying again'

  it('is logged at once and then every 10 s, and counted every time', async () => {
    const { output, start, volume, clock, log, metric } = stage()
    volume.failures.push(...full(1000))
    output.sourceChanged('app', app('a: 1'))
    await start()
    await clock.advance(9999)
    expect(log.messages().filter((message) => message === sentence)).toHaveLength(1)
    expect(Number(await metric('config_publish_failures_total{output="app"}'))).toBeGreaterThan(4)
    await clock.advance(60_000)
    const lines = log.messages().filter((message) => message === sentence).length
    expect(lines).toBeGreaterThan(3)
    expect(lines).toBeLessThanOrEqual(7)
  })

  it('is logged at once again when it was writable between, or the trouble is another', async () => {
    const { output, volume, clock, log } = await running()
    volume.failures.push(...full(1), new CodedError('PM1211', 'EIO'))
    output.sourceChanged('app', app('a: 2'))
    await clock.advance(2000)
    expect(volume.written).toHaveLength(2)
    volume.failures.push(new CodedError('PM1211', 'EIO'))
    output.sourceChanged('app', app('a: 3'))
    await clock.advance(2000)
    const codes = log.lines.filter(({ message }) => message === sentence).map(({ fields }) => fields.code)
    expect(codes).toEqual(['PM1210', 'PM1211', 'PM1211'])
  })
})

describe('stop', () => {
  it('finishes the write in progress, starts no other and leaves no timer', async () => {
    const { output, clock, volume, app: memory } = await running()
    volume.writeMs = 200
    output.sourceChanged('app', app('a: 2'))
    await clock.advance(600)
    output.sourceChanged('app', app('a: 3'))
    const stopped = output.stop()
    await clock.advance(100)
    expect(await stopped).toEqual({ publishes_finished: 1 })
    expect(volume.written.at(-1)).toEqual({ 'app.yaml': 'a: 2' })
    expect(memory.told).toEqual(['a: 1'])
    expect(clock.pending()).toBe(0)
  })

  it('finishes what is published at the start to mend what a killed predecessor left', async () => {
    const { output, start, starting, clock, volume } = stage()
    volume.now = new Map([['app.yaml', Buffer.from('a: 1')]])
    volume.writeMs = 200
    output.sourceChanged('app', app('a: 2'))
    await start()
    starting.abort(new Error('SIGTERM'))
    const stopped = output.stop().then((facts) => ({ facts, mended: volume.mended }))
    await clock.advance(200)
    expect(await stopped).toEqual({ facts: { publishes_finished: 1 }, mended: 1 })
    expect(volume.written).toEqual([])
  })

  it('does not fail when mending at the start does', async () => {
    const { output, start, started, clock, volume } = stage()
    volume.now = new Map([['app.yaml', Buffer.from('a: 1')]])
    volume.writeMs = 200
    volume.mendFailure = new CodedError('PM1208', 'EACCES')
    await start()
    const stopped = output.stop()
    await clock.advance(200)
    expect(await stopped).toEqual({ publishes_finished: 1 })
    expect(started.error).toMatchObject({ code: 'PM1208' })
  })

  it('writes nothing when it comes while the start still looks at the volume', async () => {
    const { output, start, volume } = stage()
    volume.now = new Map([['app.yaml', Buffer.from('a: 1')]])
    const begun = start()
    await output.stop()
    await begun
    expect(volume).toMatchObject({ mended: 0, written: [] })
  })

  it.each(['settling', 'waiting for the app'])('leaves no timer while %s', async (when) => {
    const { output, clock, app: memory } = await running()
    memory.isUp = false
    output.sourceChanged('app', app('a: 2'))
    await clock.advance(when === 'settling' ? 100 : 600)
    expect(clock.pending()).toBe(1)
    await output.stop()
    expect(clock.pending()).toBe(0)
  })

  it('before anything could be published ends the start', async () => {
    const { start, output, started } = stage()
    await start()
    await output.stop()
    expect(started.error).toBeDefined()
  })
})

describe('in any order of changes, moods of the app and failed writes', () => {
  const versions: readonly VolumeState[] = [
    absent,
    holding({}),
    holding({ 'app.yaml': 'v: 1', 'other.yaml': 'v: 1' }),
    holding({ 'app.yaml': 'v: 2', 'other.yaml': 'v: 2' }),
    holding({ 'app.yaml': 'v: 3' }),
    holding({ 'app.yaml': 'v: [', 'other.yaml': 'v: 4' }),
  ]
  const whole = versions.flatMap((state) =>
    state.state === 'present' && state.snapshot.files.size > 0 ? [JSON.stringify(asText(state.snapshot.files))] : [],
  )

  const happening = fc.record({
    version: fc.option(fc.nat(versions.length - 1), { nil: undefined }),
    isUp: fc.boolean(),
    refuses: fc.constantFrom('v: 2', 'nothing'),
    fails: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: 15_000 }),
  })

  it('publishes only whole versions, the last one that is fit at the end, and the app acknowledges it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 25 }), fc.integer(), async (happenings, seed) => {
        const { output, start, clock, volume, app: memory } = stage({}, seed)
        volume.writeMs = 50
        await start()
        for (const { version, isUp, refuses, fails, waitMs } of happenings) {
          if (version !== undefined) output.sourceChanged('app', versions[version] ?? absent)
          memory.isUp = isUp
          memory.refuses = (text) => text === refuses
          volume.failures = fails ? [new CodedError('PM1210', 'ENOSPC')] : []
          await clock.advance(waitMs)
        }
        Object.assign(memory, { isUp: true, refuses: () => false })
        volume.failures = []
        // The last version is one that no mood of the app has refused before.
        output.sourceChanged('app', holding({ 'app.yaml': 'v: last' }))
        await clock.advance(60_000)
        const allowed = [...whole, JSON.stringify({ 'app.yaml': 'v: last' })]
        for (const files of volume.written) expect(allowed).toContain(JSON.stringify(files))
        expect(volume.written.at(-1)).toEqual({ 'app.yaml': 'v: last' })
        expect(verdictOf(output.standing())).toBe('current')
        await output.stop()
        expect(clock.pending()).toBe(0)
      }),
      { numRuns: 150 },
    )
  })
})
