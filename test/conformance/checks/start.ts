/** C07-C13: how the sidecar comes up. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Check, plainInit } from '../check.ts'
import { admin, get, run, started, untilStarted } from '../subjects.ts'
import { until } from '../until.ts'

/** A file for the termination message, writable for any user; the kubelet mounts one at the same place. */
function terminationLog(): { readonly volume: string; read(): string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-termination-'))
  const file = join(folder, 'log')
  writeFileSync(file, '')
  chmodSync(folder, 0o755)
  chmodSync(file, 0o666)
  return {
    volume: `${file}:/dev/termination-log`,
    read: () => readFileSync(file, 'utf8'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

export const startChecks: readonly Check[] = [
  {
    id: 'C07',
    title: 'is started within 500 ms (95th percentile of 20 warm starts)',
    level: 'should',
    soak: true,
    notFor: { 'init-waiter': plainInit },
    observe: async (subject) => {
      const timesMs: number[] = []
      for (let round = 0; round < 20; round += 1) {
        await using container = await started(subject)
        const { stdout } = await container.logs()
        const line = stdout.split('\n').find((text) => text.includes('"msg":"started"'))
        timesMs.push(JSON.parse(line ?? '{}').duration_ms)
      }
      const p95 = timesMs.toSorted((a, b) => a - b)[18] ?? Number.NaN
      assert.ok(p95 <= 500, `p95 ${p95} ms of ${timesMs.join(', ')}`)
      return `p95 ${p95} ms from the first instruction to started`
    },
  },
  {
    id: 'C08',
    title: '/startupz is 200 only when listeners are bound and the first config is loaded, and for ever after',
    level: 'must',
    notFor: { 'init-waiter': plainInit },
    observe: async (subject) => {
      if (subject.name === 'config-helper') {
        await using waiting = await run({ ...subject, files: { '/sources/other/app.yaml': '' } })
        await until('the admin port', async () => (await admin(subject, waiting, '/livez'))?.status === 200)
        assert.equal((await admin(subject, waiting, '/startupz'))?.status, 503)
      }
      await using container = await run(subject)
      let refusals = 0
      await until('the startup probe', async () => {
        const answer = await admin(subject, container, '/startupz')
        if (answer?.status === 200) return true
        refusals += 1
        return false
      })
      if (subject.dataPort !== undefined) assert.notEqual(await get(container, subject.dataPort, '/'), undefined)
      assert.equal((await admin(subject, container, '/startupz'))?.status, 200)
      return `200 after ${refusals} refusals${subject.dataPort === undefined ? '' : ', data port answers'}`
    },
  },
  {
    id: 'C09',
    title: 'starts while the app is absent',
    level: 'must',
    notFor: { 'init-waiter': plainInit },
    observe: async (subject) => {
      await using container = await started(subject)
      return `started alone (${container.id.slice(0, 12)})`
    },
  },
  {
    id: 'C10',
    title: 'starts while its own upstream is down',
    level: 'must',
    notFor: {
      'init-waiter': plainInit,
      adapter: 'it has no upstream',
      'config-helper': 'its sources are local directories',
    },
    observe: async (subject) => {
      await using container = await started(subject)
      const answer = await get(container, subject.dataPort ?? 0, '/')
      assert.equal(answer?.status, 502)
      return 'started; a request is answered 502'
    },
  },
  {
    id: 'C11',
    title: 'a config error ends it within 2 s, exit code 1, with the reason on stderr and in the termination message',
    level: 'must',
    notFor: { 'init-waiter': 'here it takes its targets as arguments; see its own integration tests' },
    observe: async (subject, depth) => {
      using message = terminationLog()
      const sinceMs = performance.now()
      await using container = await run({ ...subject, config: 'no_such_key: 1\n' }, { volumes: [message.volume] })
      assert.equal(await container.ended(), 1)
      const tookMs = performance.now() - sinceMs
      if (depth === 'all') assert.ok(tookMs <= 2000, `took ${Math.round(tookMs)} ms`)
      const { stderr } = await container.logs()
      assert.match(stderr, new RegExp(`${subject.name}\\.yaml:1:1 PM01\\d\\d unknown key "no_such_key"`))
      assert.match(message.read(), /PM01\d\d/)
      assert.ok(message.read().length <= 4096)
      return `exit 1 ${Math.round(tookMs)} ms after docker run; ${stderr.split('\n')[0]}`
    },
  },
  {
    id: 'C12',
    title: 'starts again after SIGKILL on the volumes that it left',
    level: 'must',
    notFor: { 'init-waiter': plainInit },
    observe: async (subject) => {
      await using container = await started(subject)
      await container.kill('KILL')
      assert.equal(await container.ended(), 137)
      await container.start()
      await untilStarted(subject, container)
      return 'killed (137), started again'
    },
  },
  {
    id: 'C13',
    title: 'has its own probe command, since the image has no shell and no curl',
    level: 'must',
    notFor: { 'init-waiter': plainInit },
    observe: async (subject) => {
      await using container = await started(subject)
      for (const probe of ['startup', 'live', 'ready']) {
        const { code, stderr } = await container.exec(['podmate', 'probe', probe])
        assert.equal(code, 0, `probe ${probe}: ${stderr}`)
      }
      const shell = await container.exec(['/bin/sh', '-c', 'true'])
      assert.notEqual(shell.code, 0)
      return 'probe startup, live, ready: exit 0; no shell'
    },
  },
]
