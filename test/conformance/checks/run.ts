/** C14-C22: how the sidecar behaves while the app runs. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'yaml'
import type { Container } from '../../docker/container.ts'
import { type Check, runningOnly } from '../check.ts'
import { admin, metric, run, type Subject, started, untilStarted } from '../subjects.ts'
import { until } from '../until.ts'
import { callsItsUpstreamAgain, tellsItsAppAgain } from './app-beside.ts'

export const runChecks: readonly Check[] = [
  {
    id: 'C14',
    title: '/livez depends on nothing but the process itself',
    level: 'must',
    notFor: runningOnly,
    observe: async (subject) => {
      await using container = await run(subject, { flags: ['--network', 'none'], ports: [] })
      const passes = async (probe: string) => (await container.exec(['podmate', 'probe', probe])).code === 0
      await until('the startup probe', () => passes('startup'))
      assert.ok(await passes('live'), 'not live')
      return 'live without any network'
    },
  },
  {
    id: 'C15',
    title: '/readyz is 200 while it can serve and 503 from the first moment of a drain',
    level: 'must',
    notFor: runningOnly,
    observe: async (subject) => {
      await using container = await started(subject)
      assert.equal((await admin(subject, container, '/readyz'))?.status, 200)
      await drain(container)
      assert.equal((await admin(subject, container, '/readyz'))?.status, 503)
      return '200, after drain 503'
    },
  },
  {
    id: 'C16',
    title: 'the admin port is not the data port, answers on the Pod address and under overload of the data path',
    level: 'must',
    notFor: { ...runningOnly, 'config-helper': 'it has no data port' },
    observe: async (subject) => {
      await using container = await started(subject)
      const over = new AbortController()
      const load = flood(subject, container, over.signal)
      let answers = 0
      for (; answers < 50; answers += 1) assert.equal((await admin(subject, container, '/livez'))?.status, 200)
      over.abort()
      return `${answers} of ${answers} probes answered beside ${await load} requests`
    },
  },
  {
    id: 'C17',
    title: 'bears an app that is killed and comes back, and has it again within 1 s',
    level: 'must',
    notFor: { ...runningOnly, adapter: 'it never calls the app; see its log rotation tests' },
    observe: (subject, depth) => {
      const hasItAgain = subject.name === 'ambassador' ? callsItsUpstreamAgain : tellsItsAppAgain
      return hasItAgain({ subject, depth })
    },
  },
  {
    id: 'C18',
    title: 'after a crash it starts with counters at zero and says so by its start time',
    level: 'must',
    notFor: runningOnly,
    observe: async (subject) => {
      await using container = await started(subject)
      const before = await startTime(subject, container)
      await container.kill('KILL')
      await container.ended()
      await container.start()
      await untilStarted(subject, container)
      const after = await startTime(subject, container)
      assert.ok(after > before, `start time ${before} before, ${after} after`)
      return `process_start_time_seconds moved by ${(after - before).toFixed(1)} s`
    },
  },
  {
    id: 'C19',
    title: 'stays under the memory limit of its manifest at load, with the heap capped from the cgroup',
    level: 'must',
    notFor: runningOnly,
    observe: async (subject) => {
      const limit = memoryLimitOf(subject)
      await using container = await started(subject, { flags: ['--memory', limit] })
      const over = new AbortController()
      const load = subject.dataPort === undefined ? Promise.resolve(0) : flood(subject, container, over.signal)
      await delay(2000)
      over.abort()
      await load
      assert.equal(await container.inspect('{{.State.OOMKilled}} {{.State.Running}}'), 'false true')
      const { stdout } = await container.exec(['podmate', 'status'])
      return `${/^memory +(.* MiB), heap/m.exec(stdout)?.[1]} after the load, the status command of about 12 MiB included`
    },
  },
  {
    id: 'C20',
    title: 'takes less than 1 % of a core when idle',
    level: 'should',
    soak: true,
    notFor: runningOnly,
    observe: async (subject) => {
      await using container = await started(subject)
      await delay(5000)
      const before = await cpuSeconds(container)
      await delay(20_000)
      const share = (await cpuSeconds(container)) - before
      assert.ok(share / 20 < 0.01, `${share} CPU seconds in 20 s`)
      return `${((share / 20) * 1000).toFixed(1)} millicores`
    },
  },
  {
    id: 'C21',
    title:
      'writes one JSON object per line on stdout without colour, nothing on stderr, and changes its level at run time',
    level: 'must',
    notFor: runningOnly,
    observe: async (subject) => {
      await using container = await started(subject)
      const changed = await container.exec(['podmate', 'loglevel', 'debug'])
      assert.equal(changed.code, 0, changed.stderr)
      await container.stop(5)
      const { stdout, stderr } = await container.logs()
      assert.equal(stderr, '')
      const lines = stdout.trimEnd().split('\n')
      for (const line of lines) assert.equal(typeof JSON.parse(line), 'object', line)
      assert.ok(!stdout.includes('\u001b') && !stdout.includes('\\u001b'), 'the output has colour codes')
      return `${lines.length} lines, each a JSON object; loglevel debug: exit 0`
    },
  },
  {
    id: 'C22',
    title: '/metrics is Prometheus text',
    level: 'must',
    notFor: runningOnly,
    observe: async (subject) => {
      await using container = await started(subject)
      const answer = await admin(subject, container, '/metrics')
      assert.match(answer?.contentType ?? '', /^(text\/plain|application\/openmetrics-text)/)
      const samples = (answer?.body ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
      for (const line of samples)
        assert.match(line, /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? (NaN|[+-]?(Inf|[0-9.e+-]+))( \d+)?$/)
      assert.ok(samples.some((line) => line.startsWith(`podmates_${subject.name.replaceAll('-', '_')}_`)))
      return `${samples.length} samples`
    },
  },
]

async function drain(container: Container): Promise<void> {
  const { code, stderr } = await container.exec(['podmate', 'drain'])
  assert.equal(code, 0, stderr)
}

/** As many requests as two connections can make until the signal aborts. @returns how many were answered */
async function flood(subject: Subject, container: Container, over: AbortSignal): Promise<number> {
  const url = `http://${await container.address(subject.dataPort ?? 0)}/`
  const lane = async (): Promise<number> => {
    let answered = 0
    while (!over.aborted) {
      await fetch(url).then((answer) => answer.arrayBuffer())
      answered += 1
    }
    return answered
  }
  const lanes = await Promise.all(Array.from({ length: 8 }, lane))
  return lanes.reduce((sum, count) => sum + count, 0)
}

/** The limit that our manifest gives to the subject, as docker takes it. */
function memoryLimitOf({ name }: Subject): string {
  const patch = parse(readFileSync(`k8s/components/${name}/patch.yaml`, 'utf8'))
  const limit: string = patch.spec.template.spec.initContainers[0].resources.limits.memory
  return limit.replace(/Mi$/, 'm')
}

function startTime(subject: Subject, container: Container): Promise<number> {
  return metric(subject, container, 'process_start_time_seconds')
}

/** User and system time of the container's first process, from the kernel's accounting (proc(5), stat 14 and 15). */
async function cpuSeconds(container: Container): Promise<number> {
  const stat = readFileSync(`/proc/${await container.inspect('{{.State.Pid}}')}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
