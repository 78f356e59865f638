/**
 * What every driver does alike: the manifests of `testdata/` run for real, judged by their timelines. The times
 * in them are real, so only orders and outcomes are judged, never durations.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, sleepWith, systemClock } from '@podmates/shared/world/clock.ts'
import { describe, it } from 'vitest'
import type { PodManifest } from '../manifest/pod-manifest.ts'
import { readManifest } from '../manifest/read-manifest.ts'
import type { PodHandle } from '../pod-handle.ts'
import { startPod } from '../start-pod.ts'
import type { Timeline, TimelineEntry } from '../timeline/timeline.ts'
import type { Driver } from './driver.ts'

export interface ContractSubject {
  readonly name: string
  readonly driver: () => Promise<Driver>
}

export function readTestdata(name: string): PodManifest {
  const file = join(import.meta.dirname, '..', 'testdata', `${name}.yaml`)
  return readManifest([{ file, text: readFileSync(file, 'utf8') }])
}

/** `app exited 0` and so on: what happened, in order, without the times. */
function story({ entries }: Timeline, ...kinds: readonly TimelineEntry['what'][]): string[] {
  return entries
    .filter(({ what }) => kinds.includes(what))
    .map((entry) => {
      const subject = 'container' in entry ? entry.container : 'pod'
      const detail = entry.what === 'exited' ? ` ${entry.exitCode}` : entry.what === 'phase' ? ` ${entry.phase}` : ''
      return `${subject} ${entry.what}${detail}`
    })
}

const lines = (pod: PodHandle, container: string): string[] => pod.logs(container).trim().split('\n')

/** A second of the Pod lasts four here: so a busy machine need not be quick for a container to end in its two seconds. */
const patientClock: Clock = {
  now: () => systemClock.now() / 4,
  wall: () => systemClock.wall(),
  after: (ms, task) => systemClock.after(ms * 4, task),
  sleep: (ms, signal) => sleepWith(patientClock.after, ms, signal),
}

export function podContract({ name, driver }: ContractSubject): void {
  const start = async (manifest: string, clock: Clock = systemClock): Promise<PodHandle> =>
    startPod(readTestdata(manifest), { driver: await driver(), clock })

  describe.concurrent(`a Pod of the ${name} driver`, { timeout: 60_000 }, () => {
    it('S2 S22 starts in the order of its list and ends in reverse', async ({ expect }) => {
      await using pod = await start('order')
      await pod.waitFor(({ ready }) => ready)
      // An engine may show a line later than the app answers its probe.
      await expect.poll(() => lines(pod, 'app').join(' '), { timeout: 20_000 }).toMatch(/order: order second$/)
      const timeline = await pod.terminate()
      expect(story(timeline, 'starting', 'started', 'stopSignal', 'exited')).toEqual([
        ...['first starting', 'first started', 'first exited 0'],
        ...['gate starting', 'gate started'],
        ...['second starting', 'second started', 'second exited 0'],
        ...['plain starting', 'plain started'],
        ...['app starting', 'app started'],
        ...['app stopSignal', 'app exited 0'],
        ...['plain stopSignal', 'plain exited 0'],
        ...['gate stopSignal', 'gate exited 0'],
      ])
      expect(story(timeline, 'phase')).toEqual(['pod phase Pending', 'pod phase Running', 'pod phase Succeeded'])
    })

    it('S36 fails when a plain init container fails under Never, and ends its sidecars', async ({ expect }) => {
      await using pod = await start('failing-init')
      const timeline = await pod.ended
      expect(pod.logs('migrate')).toBe('no schema\n')
      expect(story(timeline, 'exited', 'phase')).toEqual([
        'pod phase Pending',
        'migrate exited 3',
        'pod phase Failed',
        'proxy exited 0',
      ])
      expect(pod.status().containers.app).toMatchObject({ state: 'waiting', restarts: 0 })
    })

    it('S10 S11 restarts a sidecar that crashed, and leaves the app alone', async ({ expect }) => {
      await using pod = await start('failing-sidecar')
      await pod.waitFor(({ ready, containers }) => ready && containers.shaky?.restarts === 1)
      expect(pod.status().containers).toMatchObject({
        shaky: { state: 'running', restarts: 1, exitCode: 1 },
        app: { state: 'running', restarts: 0 },
      })
    })

    it('S24 S25 kills a sidecar that ignores its signal, and lets the one before it end well', async ({ expect }) => {
      await using pod = await start('stubborn-sidecar', patientClock)
      await pod.waitFor(({ ready }) => ready)
      const timeline = await pod.terminate()
      const ends = story(timeline, 'killed', 'exited', 'phase').slice(2)
      expect(ends).toEqual(
        expect.arrayContaining(['app exited 0', 'stubborn killed', 'stubborn exited 137', 'polite exited 0']),
      )
      expect(ends.at(0)).toBe('app exited 0')
      expect(ends.at(-1)).toBe('pod phase Succeeded')
      expect(pod.logs('stubborn')).toBe('got SIGTERM\n')
    })

    it('S24 has failed when its app was killed, however its sidecar ended', async ({ expect }) => {
      await using pod = await start('short-grace', patientClock)
      await pod.waitFor(({ ready }) => ready)
      const timeline = await pod.terminate()
      const ends = story(timeline, 'exited', 'phase').slice(2)
      expect(ends.toSorted()).toEqual(['app exited 137', 'pod phase Failed', 'proxy exited 0'])
    })

    it('S33 completes when its app does, and takes its sidecar along', async ({ expect }) => {
      await using pod = await start('job')
      const timeline = await pod.ended
      expect(story(timeline, 'exited', 'terminating', 'phase').slice(-4)).toEqual([
        'work exited 0',
        'pod terminating',
        'proxy exited 0',
        'pod phase Succeeded',
      ])
      expect(pod.logs('work')).toBe('done\n')
    })

    it('S3 S21 runs postStart before it goes on, and every preStop at the beginning of the end', async ({ expect }) => {
      await using pod = await start('hooks')
      await pod.waitFor(({ ready }) => ready)
      const timeline = await pod.terminate()
      expect(story(timeline, 'postStart', 'postStartDone', 'started').slice(1, 4)).toEqual([
        'helper postStart',
        'helper postStartDone',
        'helper started',
      ])
      const order = story(timeline, 'preStop', 'stopSignal')
      expect(order.slice(0, 2)).toEqual(['proxy preStop', 'app preStop'])
      expect(order.filter((line) => line.endsWith('stopSignal'))).toEqual([
        'app stopSignal',
        'helper stopSignal',
        'proxy stopSignal',
      ])
      const hooks = timeline.entries.filter(({ what }) => what === 'preStopDone')
      expect(hooks).toEqual([expect.objectContaining({ ok: true }), expect.objectContaining({ ok: true })])
    })

    it('S12 S13 follows the answers of its probes', async ({ expect }) => {
      await using pod = await start('probes')
      await pod.waitFor(
        ({ containers }) => containers.app?.ready === true && containers['asked-inside']?.started === true,
      )
      const { host, port } = await pod.address(18_171)
      const say = (what: string): Promise<Response> => fetch(`http://${host}:${port}/${what}`, { method: 'PUT' })
      expect(pod.status()).toMatchObject({ ready: false, containers: { 'asked-inside': { ready: false } } })

      await pod.exec('asked-inside', ['actor', 'append=/notes/ready'])
      await pod.waitFor(({ ready }) => ready)
      await say('ready/no')
      await pod.waitFor(({ ready }) => !ready)
      await say('ready/yes')
      await pod.waitFor(({ ready }) => ready)
      await say('live/no')
      await pod.waitFor(({ containers }) => containers.app?.restarts === 1 && containers.app.ready)
      expect(story(pod.timeline(), 'probeFailed', 'stopSignal', 'exited')).toEqual([
        'app probeFailed',
        'app stopSignal',
        'app exited 0',
      ])
    })

    it('finds its volumes and variables, and sees a ConfigMap change where it is mounted whole', async ({ expect }) => {
      await using pod = await start('volumes')
      await pod.waitFor(({ ready }) => ready)
      const printed = lines(pod, 'app').map((line) => line.replace(/^.*\//, ''))
      expect(printed).toEqual([
        'app.yaml: version: 1',
        'renamed.yaml: version: 1',
        'token: s3cret',
        'labels: app="volumes"',
        'app.yaml: version: 1',
        'LEVEL=info',
        'TOKEN=s3cret',
        'GREETING=app at info, $(NAME)',
      ])

      await pod.updateConfigMap('settings', { 'app.yaml': 'version: 2', level: 'debug' })
      const read = async (file: string): Promise<string> => {
        const { stdout, stderr } = await pod.exec('app', ['actor', `print=${file}`])
        return (stdout + stderr).trim().replace(/^.*: version/, 'version')
      }
      expect(await read('/etc/settings/app.yaml')).toBe('version: 2')
      expect(await read('/etc/about/app.yaml')).toBe('version: 2')
      expect(await read('/etc/fixed.yaml')).toBe('version: 1')
      const { stdout } = await pod.exec('app', ['actor', 'env=LEVEL'])
      expect(stdout).toBe('LEVEL=info\n')
    })

    it('S6 stays Pending while a sidecar has no image, and can be deleted all the same', async ({ expect }) => {
      await using pod = await start('bad-image')
      await pod.waitFor(({ containers }) => (containers.proxy?.restarts ?? 0) > 0)
      expect(pod.status()).toMatchObject({ phase: 'Pending', containers: { app: { state: 'waiting' } } })
      const timeline = await pod.terminate()
      expect(story(timeline, 'startFailed').length).toBeGreaterThan(0)
      expect(story(timeline, 'phase')).toEqual(['pod phase Pending', 'pod phase Failed'])
    })

    it('S29 does not bring back a sidecar that is killed while it terminates', async ({ expect }) => {
      await using pod = await start('killed-while-terminating')
      await pod.waitFor(({ ready }) => ready)
      const ended = pod.terminate()
      await pod.waitFor(({ containers }) => containers.app?.state === 'terminated')
      pod.kill('stubborn')
      expect(story(await ended, 'starting', 'exited')).toEqual([
        ...['polite starting', 'stubborn starting', 'app starting'],
        ...['app exited 0', 'stubborn exited 137', 'polite exited 0'],
      ])
    })

    it('is gone without a trace, at once, when it is disposed of', async ({ expect }) => {
      const pod = await start('disposed-of')
      await pod.waitFor(({ containers }) => containers.app?.state === 'running')
      await pod[Symbol.asyncDispose]()
      const status = pod.status()
      expect(status.over).toBe(true)
      expect(Object.values(status.containers).filter(({ state }) => state === 'running')).toEqual([])
      await expect(pod.exec('app', ['actor', 'say=hello'])).rejects.toThrow('the container "app" does not run')
    })
  })
}
