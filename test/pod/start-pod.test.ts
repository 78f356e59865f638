import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FakeDriverOptions, fakeDriver } from './drive/fake-driver.ts'
import { readManifest } from './manifest/read-manifest.ts'
import { startPod } from './start-pod.ts'

/** A Pod on a fake clock and a fake driver; `fields` are those of its one app. */
async function newPod({ fields = '', spec = '', driver: options = {} as FakeDriverOptions } = {}) {
  const text = `
kind: Pod
metadata: { name: shop }
spec:
  terminationGracePeriodSeconds: 10
  ${spec}
  initContainers: [{ name: proxy, image: p, restartPolicy: Always }]
  containers: [{ name: web, image: w, ${fields} }]
---
kind: ConfigMap
metadata: { name: app }
data: { level: info }`
  const clock = fakeClock()
  const driver = fakeDriver(options)
  const pod = await startPod(readManifest([{ file: 'pod.yaml', text }]), { driver, clock })
  onTestFinished(() => pod[Symbol.asyncDispose]())
  await clock.advance(0)
  return { pod, clock, driver }
}

const whatHappened = ({ pod }: Awaited<ReturnType<typeof newPod>>, container: string): string[] =>
  pod.timeline().entries.flatMap((entry) => ('container' in entry && entry.container === container ? [entry.what] : []))

describe('a running Pod', () => {
  it('S15 shows its status, and what is not as in a cluster', async () => {
    const { pod } = await newPod({ spec: 'hostNetwork: true' })
    expect(pod.deviations).toEqual(['pod.yaml:6:3 spec.hostNetwork is not imitated', 'everything is a fake'])
    expect(pod.status()).toEqual({
      phase: 'Running',
      initialized: true,
      ready: true,
      terminating: false,
      over: false,
      containers: {
        proxy: { role: 'sidecar', state: 'running', started: true, ready: true, restarts: 0 },
        web: { role: 'app', state: 'running', started: true, ready: true, restarts: 0 },
      },
    })
  })

  it('tells each entry of its timeline as it comes, until the listener leaves', async () => {
    const { pod, driver, clock } = await newPod()
    const seen: string[] = []
    const leave = pod.onEntry(({ what }) => seen.push(what))
    driver.last('proxy').end({ exitCode: 1 })
    await clock.advance(0)
    leave()
    driver.last('proxy').end({ exitCode: 1 })
    await clock.advance(0)
    expect(seen).toEqual(['exited', 'starting', 'podNotReady', 'running', 'started', 'podReady'])
  })

  it('keeps the last output of a container, all its runs, and says what it dropped', async () => {
    const { pod, driver, clock } = await newPod()
    const seen: string[] = []
    pod.onLine((container, line) => seen.push(`${container}: ${line}`))
    driver.last('web').launch.onLine('first run')
    driver.last('web').end({ exitCode: 1 })
    await clock.advance(0)
    driver.last('web').launch.onLine('second run')
    expect(pod.logs('web')).toBe('first run\nsecond run\n')
    expect(seen).toEqual(['web: first run', 'web: second run'])

    driver.last('web').launch.onLine('x'.repeat(1_048_576))
    expect(pod.logs('web')).toMatch(/^\[2 earlier lines dropped\]\nx+\n$/)
  })

  it('gives a restarted container the ConfigMap of the moment', async () => {
    const { pod, driver, clock } = await newPod({
      fields: 'env: [{ name: LEVEL, valueFrom: { configMapKeyRef: { name: app, key: level } } }]',
    })
    await pod.updateConfigMap('app', { level: 'debug' })
    expect(driver.last('web').launch.env).toEqual({ LEVEL: 'info' })
    driver.last('web').end({ exitCode: 1 })
    await clock.advance(0)
    expect(driver.last('web').launch.env).toEqual({ LEVEL: 'debug' })
  })

  it('does not start a container whose reference was taken away', async () => {
    const fixture = await newPod({
      fields: 'env: [{ name: LEVEL, valueFrom: { configMapKeyRef: { name: app, key: level } } }]',
    })
    await fixture.pod.updateConfigMap('app', {})
    fixture.driver.last('web').end({ exitCode: 1 })
    await fixture.clock.advance(0)
    expect(whatHappened(fixture, 'web').slice(-3)).toEqual(['starting', 'startFailed', 'backOff'])
  })

  it('waits out the back-off of a restart', async () => {
    const { driver, clock } = await newPod()
    for (const _twice of [1, 2]) {
      driver.last('web').end({ exitCode: 1 })
      await clock.advance(0)
    }
    await clock.advance(9999)
    expect(driver.started.filter(({ launch }) => launch.container.name === 'web')).toHaveLength(2)
    await clock.advance(1)
    expect(driver.last('web').launch.run).toBe(2)
  })

  it('refuses what it does not have', async () => {
    const { pod } = await newPod()
    expect(() => pod.logs('db')).toThrow('the Pod has no container "db"')
    expect(() => pod.volumePath('db')).toThrow('the Pod has no volume "db"')
    await expect(pod.exec('db', ['ls'])).rejects.toThrow('the container "db" does not run')
  })
})

describe('waitFor', () => {
  it('resolves at once when it is so already', async () => {
    const { pod, clock } = await newPod()
    expect(await pod.waitFor(({ ready }) => ready)).toMatchObject({ phase: 'Running' })
    expect(clock.pending()).toBe(0)
  })

  it('shows the chart when it was not so in time, and leaves no timer behind', async () => {
    const { pod, clock } = await newPod()
    const waiting = expect(pod.waitFor(({ phase }) => phase === 'Failed', { timeoutMs: 5000 })).rejects.toThrow(
      /^not so within 5000 ms\nshop, process driver\nRunning\n/,
    )
    await clock.advance(5000)
    await waiting
    expect(clock.pending()).toBe(0)
  })

  it('does not wait for what can no longer come', async () => {
    const { pod, clock } = await newPod()
    const waiting = expect(pod.waitFor(({ phase }) => phase === 'Failed')).rejects.toThrow(
      /^the Pod ended before that\n/,
    )
    await Promise.all([pod.terminate(), clock.advance(0)])
    await waiting
  })
})

describe('exec', () => {
  it('answers what the program answered', async () => {
    const exec = async (container: string, command: readonly string[]) => ({
      exitCode: 3,
      stdout: `${command.join(' ')} in ${container}`,
      stderr: '',
    })
    const { pod } = await newPod({ driver: { exec } })
    expect(await pod.exec('web', ['ls', '-l'])).toEqual({ exitCode: 3, stdout: 'ls -l in web', stderr: '' })
  })
})

describe('hooks and probes', () => {
  it('S19 sleep: a preStop that only waits, and ends with its container', async () => {
    const fixture = await newPod({ fields: 'lifecycle: { preStop: { sleep: { seconds: 5 } } }' })
    void fixture.pod.terminate()
    await fixture.clock.advance(4999)
    expect(fixture.driver.last('web').signals).toEqual([])
    await fixture.clock.advance(1)
    expect(fixture.driver.last('web').signals).toEqual(['SIGTERM'])
    expect(whatHappened(fixture, 'web').slice(-4)).toEqual(['preStop', 'preStopDone', 'stopSignal', 'exited'])
  })

  it('S19 exec: a probe that is not answered in its time has failed', async () => {
    const exec = (_container: string, _command: readonly string[], aborted: AbortSignal) =>
      new Promise<never>((_resolve, reject) => aborted.addEventListener('abort', () => reject(aborted.reason)))
    const fixture = await newPod({
      fields: 'livenessProbe: { exec: { command: [check] }, timeoutSeconds: 2, failureThreshold: 1 }',
      driver: { exec },
    })
    await fixture.clock.advance(2000)
    expect(fixture.pod.timeline().entries).toContainEqual(
      expect.objectContaining({ what: 'probeFailed', message: 'no answer within 2000 ms' }),
    )
  })
})

describe('the end', () => {
  it('of a container ends what was asked of it', async () => {
    const exec = (_container: string, _command: readonly string[], aborted: AbortSignal) =>
      new Promise<never>((_resolve, reject) => aborted.addEventListener('abort', () => reject(aborted.reason)))
    const { pod, driver, clock } = await newPod({
      spec: 'restartPolicy: Never',
      fields: 'readinessProbe: { exec: { command: [check] }, timeoutSeconds: 600 }',
      driver: { exec },
    })
    expect(clock.pending()).toBe(1)
    driver.last('web').end({ exitCode: 0 })
    await Promise.all([pod.ended, clock.advance(0)])
    expect(clock.pending()).toBe(0)
  })

  it('by disposal waits for a start that is under way, and kills what comes of it', async () => {
    const { promise: startsAfter, resolve: letStart } = Promise.withResolvers<void>()
    const { pod, driver } = await newPod({ driver: { startsAfter, endsBy: { SIGKILL: 137 } } })
    const disposed = pod[Symbol.asyncDispose]()
    letStart()
    await disposed
    expect(driver.last('proxy').signals).toContain('SIGKILL')
    expect(pod.status()).toMatchObject({ over: true, containers: { web: { state: 'waiting' } } })
  })

  it('can be asked for in the middle of a step, and loses no alarm', async () => {
    const { pod, driver, clock } = await newPod({ driver: { endsBy: { SIGKILL: 137 } } })
    pod.onEntry(({ what }) => void (what === 'backOff' && pod.terminate({ graceSeconds: 3 })))
    for (const _twice of [1, 2]) {
      driver.last('web').end({ exitCode: 1 })
      await clock.advance(0)
    }
    expect(driver.last('proxy').signals).toEqual(['SIGTERM'])
    await clock.advance(3000)
    expect(driver.last('proxy').signals).toEqual(['SIGTERM', 'SIGKILL'])
  })

  it('is one budget of the Pod, and SIGKILL after it', async () => {
    const { pod, driver, clock } = await newPod({ driver: { endsBy: { SIGKILL: 137 } } })
    void pod.terminate()
    await clock.advance(9999)
    expect([driver.last('web').signals, driver.last('proxy').signals]).toEqual([['SIGTERM'], []])
    await clock.advance(1)
    expect([driver.last('web').signals, driver.last('proxy').signals]).toEqual([['SIGTERM', 'SIGKILL'], ['SIGTERM']])
    await clock.advance(2000)
    expect(driver.last('proxy').signals).toEqual(['SIGTERM', 'SIGKILL'])
    expect((await pod.ended).entries.at(-1)).toMatchObject({ what: 'ended', atMs: 12_000 })
  })

  it('takes everything away: sandbox, volumes and timers', async () => {
    const { pod, driver, clock } = await newPod({ spec: 'volumes: [{ name: data, emptyDir: {} }]' })
    const volume = pod.volumePath('data')
    expect(existsSync(volume)).toBe(true)
    await Promise.all([pod.terminate(), clock.advance(0)])
    expect(existsSync(volume)).toBe(false)
    expect(driver.state).toBe('closed')
    expect(clock.pending()).toBe(0)
  })

  it('comes at once by disposal, whatever the containers do', async () => {
    const { pod, driver } = await newPod({ driver: { endsBy: { SIGKILL: 137 } } })
    await pod[Symbol.asyncDispose]()
    expect(driver.last('web').signals).toEqual(['SIGTERM', 'SIGKILL'])
    expect(pod.status()).toMatchObject({ over: true, containers: { web: { exitCode: 137 }, proxy: { exitCode: 137 } } })
    await pod[Symbol.asyncDispose]()
  })
})

describe('a Pod that cannot be run', () => {
  it('says why and leaves nothing behind', async () => {
    const name = `unopened-${process.pid}`
    const text = `kind: Pod\nmetadata: { name: ${name} }\nspec: { containers: [{ name: w, image: i }] }`
    const driver = fakeDriver({ cannotOpen: 'no engine answers' })
    const started = startPod(readManifest([{ file: 'pod.yaml', text }]), { driver, clock: fakeClock() })
    await expect(started).rejects.toThrow('no engine answers')
    expect(readdirSync(tmpdir()).filter((entry) => entry.includes(name))).toEqual([])
  })

  it('says so when its first files cannot be written, and closes what it opened', async () => {
    const text =
      'kind: Pod\nmetadata: { name: shop }\nspec: { volumes: [{ name: v, configMap: { name: c } }], containers: [{ name: w, image: i }] }'
    const manifest = readManifest([
      { file: 'pod.yaml', text: `${text}\n---\nkind: ConfigMap\nmetadata: { name: c }\ndata: { ../x: text }` },
    ])
    const driver = fakeDriver()
    await expect(startPod(manifest, { driver, clock: fakeClock() })).rejects.toThrow('invalid path')
    expect(driver.state).toBe('closed')
  })

  it('shows why a container cannot be started', async () => {
    const fixture = await newPod({
      driver: { refuses: ({ container }) => (container.name === 'proxy' ? 'no image' : undefined) },
    })
    expect(fixture.pod.timeline().entries).toContainEqual(
      expect.objectContaining({ what: 'startFailed', message: 'no image' }),
    )
    expect(fixture.pod.status()).toMatchObject({ phase: 'Pending', containers: { web: { state: 'waiting' } } })
  })
})
