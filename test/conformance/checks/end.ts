/** C23-C33: how the sidecar drains and ends. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { type Container, startContainer } from '../../docker/container.ts'
import { type Check, runningOnly } from '../check.ts'
import { admin, emptyDir, get, metric, removeVolume, run, type Subject, started, untilStarted } from '../subjects.ts'
import { until } from '../until.ts'

/** What SIGTERM must lead to: an init container that answers 0 would let the Pod go on. */
const exitAfterTerm = (subject: Subject): number => (subject.name === 'init-waiter' ? 143 : 0)

export const endChecks: readonly Check[] = [
  {
    id: 'C23',
    title: 'the preStop command only marks the drain: it returns at once and the process goes on',
    level: 'must',
    notFor: runningOnly,
    observe: async (subject) => {
      await using container = await started(subject)
      const { code, stderr } = await container.exec(['podmate', 'drain'])
      assert.equal(code, 0, stderr)
      assert.equal((await container.exec(['podmate', 'drain'])).code, 0)
      assert.equal(await container.inspect('{{.State.Running}}'), 'true')
      return 'drain twice: exit 0, still running'
    },
  },
  {
    id: 'C24',
    title: 'between drain and SIGTERM it goes on serving the app, new connections included',
    level: 'must',
    notFor: {
      ...runningOnly,
      'config-helper': 'the app calls nothing of it; see "publishes while draining" in its own tests',
    },
    observe: async (subject) => {
      await using container = await started(subject)
      const before = await get(container, subject.dataPort ?? 0, '/metrics')
      await container.exec(['podmate', 'drain'])
      const after = await get(container, subject.dataPort ?? 0, '/metrics')
      assert.equal(after?.status, before?.status)
      assert.notEqual(after, undefined)
      return `answers ${after?.status} before and after`
    },
  },
  {
    id: 'C25',
    title: '/livez stays 200 while draining',
    level: 'must',
    notFor: runningOnly,
    observe: async (subject) => {
      await using container = await started(subject)
      await container.exec(['podmate', 'drain'])
      assert.equal((await admin(subject, container, '/livez'))?.status, 200)
      assert.equal((await admin(subject, container, '/startupz'))?.status, 200)
      return '/livez and /startupz 200'
    },
  },
  {
    id: 'C26',
    title: 'SIGTERM during start ends it as cleanly as later',
    level: 'must',
    observe: async (subject) => {
      const codes: number[] = []
      let unheard = 0
      for (const afterMs of [0, 60, 120, 180, 240, 300]) {
        await using container = await run(subject)
        await delay(afterMs)
        const ended = container.ended()
        unheard += (await terminateUntil(container, ended)) - 1
        codes.push(await ended)
      }
      assert.ok(
        codes.every((code) => code === exitAfterTerm(subject)),
        `exit codes ${codes.join(', ')}`,
      )
      return `exit codes ${codes.join(', ')}; ${unheard} signals came before the first instruction, where the kernel drops them for PID 1`
    },
  },
  {
    id: 'C27',
    title: 'docker stop gives exit code 0 (the init waiter: 143, so that the Pod does not go on)',
    level: 'must',
    observe: async (subject) => {
      await using container = subject.adminPort === undefined ? await run(subject) : await started(subject)
      if (subject.adminPort === undefined) await delay(500)
      const code = await container.stop(30)
      assert.equal(code, exitAfterTerm(subject))
      return `exit ${code}`
    },
  },
  {
    id: 'C28',
    title: 'keeps the 2 s floor of the kubelet: nothing is killed with a grace period of 2 s',
    level: 'must',
    observe: async (subject) => {
      await using container = subject.adminPort === undefined ? await run(subject) : await started(subject)
      if (subject.adminPort === undefined) await delay(500)
      const sinceMs = performance.now()
      assert.equal(await container.stop(2), exitAfterTerm(subject))
      return `exit ${exitAfterTerm(subject)} ${Math.round(performance.now() - sinceMs)} ms after docker stop`
    },
  },
  {
    id: 'C29',
    title: 'a second SIGTERM ends it at once',
    level: 'must',
    observe: async (subject) => {
      await using container = subject.adminPort === undefined ? await run(subject) : await started(subject)
      if (subject.adminPort === undefined) await delay(500)
      await container.kill('TERM')
      await container.kill('TERM').catch(() => {})
      assert.equal(await container.ended(), exitAfterTerm(subject))
      return `exit ${exitAfterTerm(subject)}`
    },
  },
  {
    id: 'C30',
    title: 'after SIGTERM it finishes what is in flight and tells keep-alive clients to close',
    level: 'must',
    notFor: {
      ...runningOnly,
      'config-helper': 'it has no data port',
      adapter: 'its only clients are scrapers, which come anew',
    },
    observe: async (subject) => {
      const config = subject.config?.replace('127.0.0.1:9"', '127.0.0.1:9000"') ?? ''
      await using container = await started({ ...subject, config })
      await using upstream = await startContainer({
        image: 'podmates/inventory:dev',
        args: ['-address', '127.0.0.1:9000', '-behaviour', '{"latency":{"kind":"fixed","value":"1s"}}'],
        flags: ['--network', `container:${container.id}`],
      })
      await until('the upstream', async () => (await upstream.logs()).stdout.includes('"started"'))
      const url = `http://${await container.address(subject.dataPort ?? 0)}/v1/stock/lamp`
      const inFlight = fetch(url, { headers: { connection: 'keep-alive' } })
      await until('the request to arrive', async () => (await metric(subject, container, 'client_connections')) > 0)
      await container.kill('TERM')
      const answer = await inFlight
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('connection'), 'close')
      assert.equal(await container.ended(), 0)
      return 'the answer in flight came whole, with connection: close; exit 0'
    },
  },
  {
    id: 'C31',
    title: 'SIGKILL at any moment leaves a whole generation on the shared volume',
    level: 'must',
    notFor: {
      ...runningOnly,
      ambassador: 'it writes no file',
      adapter: 'its checkpoint is tried in its own integration tests',
    },
    observe: async (subject) => {
      const { name, mount } = await emptyDir('/config')
      try {
        const published = { ...subject, writable: [] }
        for (let round = 0; round < 5; round += 1) {
          await using container = await run(published, { volumes: [mount] })
          await delay(100 + 40 * round)
          await container.kill('KILL').catch(() => {})
          await container.ended()
        }
        await using container = await run(published, { volumes: [mount] })
        await untilStarted(subject, container)
        return 'killed 5 times while publishing, published after the last start'
      } finally {
        await removeVolume(name)
      }
    },
  },
  {
    id: 'C32',
    title: 'works as PID 1 and under an init process',
    level: 'must',
    observe: async (subject) => {
      await using container = await run(subject, { flags: ['--init'] })
      if (subject.adminPort === undefined) await delay(500)
      else await untilStarted(subject, container)
      const code = await container.stop(10)
      assert.equal(code, exitAfterTerm(subject))
      return `under docker-init: exit ${code}`
    },
  },
  {
    id: 'C33',
    title: 'idle, it is gone well within 2 s of SIGTERM, so that a Job ends with its app',
    level: 'must',
    notFor: { 'init-waiter': 'it ends before the Job starts' },
    observe: async (subject) => {
      await using container = await started(subject)
      assert.equal(await container.stop(10), 0)
      const { stdout } = await container.logs()
      const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '{}')
      assert.equal(last.msg, 'stopped')
      assert.ok(last.duration_ms < 2000, `took ${last.duration_ms} ms`)
      return `stopped in ${last.duration_ms} ms, last line: the drain report`
    },
  },
]

/**
 * SIGTERM again each second until the container has ended: until a PID 1 has run its first instruction, the kernel
 * drops the signal (signal(7), pid_namespaces(7)). @returns how many were sent
 */
async function terminateUntil(container: Container, ended: Promise<number>): Promise<number> {
  for (let sent = 1; ; sent += 1) {
    await container.kill('TERM').catch(() => {})
    const over = await Promise.race([ended.then(() => true), delay(1000, false)])
    if (over || sent === 10) return sent
  }
}
