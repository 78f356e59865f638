/** The README's commands run as they stand, and it names every metric and every reason that there is. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { temporaryFolder } from '@podmates/shared/testing/temporary-folder.ts'
import { expect, it, vi } from 'vitest'
import { createLogs } from './logs/logs-part.ts'
import { createAppMetrics } from './metrics/app-metrics.ts'

// It starts processes, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const root = fileURLToPath(new URL('../../..', import.meta.url))
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

/** One thing that the reader does or is promised. */
type Step =
  | { readonly step: 'run'; readonly commands: string }
  | { readonly step: 'see'; readonly output: string }
  | { readonly step: 'line'; readonly text: string }

function stepsOf(section: string): Step[] {
  const text = readme.split('\n## ').find((part) => part.startsWith(`${section}\n`)) ?? ''
  const pattern = /^```(sh|text)\n(.*?)^```$|It logs `([^`]+)`|It writes `([^`]+)`/gms
  return [...text.matchAll(pattern)].map(([, language, body = '', logged, written]) => {
    if (logged !== undefined) return { step: 'line', text: `"msg":"${logged}"` }
    if (written !== undefined) return { step: 'line', text: written }
    return language === 'sh' ? { step: 'run', commands: body } : { step: 'see', output: body }
  })
}

it('"Run it in a minute" does what it says', async () => {
  const [start, ...steps] = stepsOf('Run it in a minute')
  const demo = await temporaryFolder()
  const ports = { STATSD_PORT: String(await freePort()), METRICS_PORT: String(await freePort()) }
  const env = { ...process.env, DEMO: demo, ...ports }
  const commands = start?.step === 'run' ? start.commands : ''
  await using adapter = await startInShell(
    commands
      .replace('/tmp/podmates-adapter', demo)
      .replace('STATSD_PORT=9125', `STATSD_PORT=${ports.STATSD_PORT}`)
      .replace('METRICS_PORT=9102', `METRICS_PORT=${ports.METRICS_PORT}`),
  )
  let last = ''
  for (const step of steps) {
    switch (step.step) {
      case 'run':
        last = step.commands
        await shell(last, env)
        break
      case 'see':
        // The datagrams may still be on their way.
        await vi.waitFor(async () => expect(await shell(last, env)).toBe(step.output), { timeout: 10_000 })
        break
      case 'line':
        await adapter.line(step.text.replace('/tmp/podmates-adapter', demo))
    }
  }
  expect(steps).toHaveLength(6)
})

/** A bare machine has no curl, and `npm test` installs none. */
const curl = `command -v curl > /dev/null || curl() {
  node -e 'fetch(process.argv.at(-1)).then((answer) => answer.text()).then((text) => process.stdout.write(text))' -- "$@"
}`

async function shell(commands: string, env: NodeJS.ProcessEnv): Promise<string> {
  return (await promisify(execFile)('bash', ['-c', `${curl}\n${commands}`], { env, cwd: root })).stdout
}

it('names every metric, and no other', async () => {
  const metrics = createMetrics('adapter', '0.0.0')
  const world = { clock: fakeClock(), log: recordingLog(), metrics }
  const anywhere = { host: '127.0.0.1', port: 0 }
  createAppMetrics(
    {
      statsd: { udp: anywhere, tcp: anywhere, signedGauge: 'auto' },
      labels: {},
      limits: { series: 1, seriesPerMetric: 1, ttl: 1000 },
      expose: { address: anywhere, path: '/metrics' },
    },
    world,
  )
  createLogs(
    { inputs: [], redact: { keys: [], replacement: '' } },
    { ...world, sink: { write: async () => {} }, fail: () => {} },
  )
  const { text } = await metrics.exposition()
  const registered = [...text.matchAll(/^# TYPE podmates_adapter_(\S+) /gm)].map(([, name]) => name)
  const own = registered.filter((name) => !/^(build|config)_info$/.test(name ?? ''))
  // The command line counts its own lines for every sidecar.
  const expected = [...own, 'log_dropped_lines_total']
  const table = readme.slice(readme.indexOf('| metric, after'), readme.indexOf('Reasons of'))
  const documented = [...table.matchAll(/`([a-z]+(?:_[a-z]+)*)(?:\{[a-z]+\})?`(?=[^|]*\| )/g)].map(([, name]) => name)
  expect(
    new Set(documented.filter((name) => !/conflict|limit$|from_copy|^gone$|^deleted$|^compressed$/.test(name ?? ''))),
  ).toEqual(new Set(expected))
})

it('names every reason for which a line cannot be used', async () => {
  const source = await readFile(new URL('./metrics/input/statsd-line.ts', import.meta.url), 'utf8')
  const union = source.slice(source.indexOf('export type LineProblem'), source.indexOf('export interface StatsdLine'))
  const reasons = [...union.matchAll(/'([a-z_]+)'/g)].map(([, reason]) => reason)
  const [line = ''] = /^Reasons of .*$/m.exec(readme) ?? []
  expect([...line.matchAll(/`([a-z_]+)`/g)].map(([, reason]) => reason).slice(1)).toEqual(reasons)
})

interface Shell extends AsyncDisposable {
  /** Resolves when the program has written a line that holds the text. */
  line(text: string): Promise<void>
}

/** Runs commands of which the last goes on in the background, as a reader would. */
async function startInShell(commands: string): Promise<Shell> {
  const child: ChildProcess = spawn('bash', ['-c', `${commands.trimEnd()}\nwait`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a process group of its own, so that the program in the background ends with it
  })
  let output = ''
  child.stdout?.on('data', (data) => {
    output += String(data)
  })
  return {
    line: (text) => vi.waitFor(() => expect(output).toContain(text), { timeout: 20_000 }),
    [Symbol.asyncDispose]: async () => {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      await once(child, 'exit')
    },
  }
}
