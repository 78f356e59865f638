/**
 * The adapter and the real statsd_exporter get the same lines and must show the same samples. Where the adapter
 * knowingly differs, its own table says so (sidecars/adapter/src/metrics/input/statsd-line.test.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { expect, it } from 'vitest'
import { go } from '../../../tools/setup/go.ts'
import { statsdExporter } from '../../../tools/setup/statsd-exporter.ts'
import { until } from '../../conformance/until.ts'

const lines = [
  'counter:2|c',
  'counter:3|c|@0.5',
  'counter:1e2|c',
  'counter.tagged:1|c|#b:2,a:1',
  'counter.tagged:1|c|#a:1,b:2',
  'counter.tagged:1|c|@0.1|#a:1,b:2',
  'counter.colon:1|c|#url:http://x/y',
  'counter.influx,a=1,b=2:1|c',
  'counter.librato#a=1:1|c',
  'counter.[a=1]signalfx:1|c',
  'counter.multi:1|c:2|c|@0.5:3|c',
  'gauge:10|g',
  'gauge:+5|g',
  'gauge:-2|g',
  'gauge.rate:7|g|@0.1',
  'gauge.negative:-3|g',
  'timer:320|ms',
  'timer:4.5|ms',
  'timer:10|ms|@0.1',
  'timer.packed:1:20:300|ms|#a:1',
  'histogram:0.2|h',
  'distribution:3|d|#a:1',
  'mixed-name.with--dashes:1|c',
  '404.errors:1|c',
  'ünicode:1|c',
  'tag.names:1|c|#with.dot:1,with-dash:2,1digit:3',
  'empty.tag:1|c|#a:,b:2',
  'stamped:1|c|T1656581400',
  'bad:x|c',
  'bad:|c',
  'bad',
  ':1|c',
  'negative:-1|c',
  'mixed,a=1:1|c|#b:2',
  'type:1|c',
  'type:1|g',
  'bad.type:1|q',
  'end:1|c',
]

const main = fileURLToPath(new URL('../../../sidecars/adapter/src/main.ts', import.meta.url))
const { available } = await go()

it.skipIf(!available)('shows the samples that statsd_exporter shows for the same lines (needs Go)', async () => {
  const program = await statsdExporter()
  await using cleanUp = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'podmates-statsd-'))
  cleanUp.defer(() => rmSync(folder, { recursive: true }))
  const ours = { statsd: await freePort(), page: await freePort() }
  const theirs = { statsd: await freePort(), page: await freePort() }

  writeFileSync(join(folder, 'mapping.yaml'), 'defaults: { observer_type: histogram }\n')
  run(cleanUp, program, [
    `--statsd.mapping-config=${folder}/mapping.yaml`,
    `--statsd.listen-tcp=127.0.0.1:${theirs.statsd}`,
    '--statsd.listen-udp=',
    `--web.listen-address=127.0.0.1:${theirs.page}`,
  ])
  writeFileSync(
    join(folder, 'adapter.yaml'),
    `
metrics: { statsd: { tcp: "127.0.0.1:${ours.statsd}" }, expose: { address: "127.0.0.1:${ours.page}" } }
logs: { inputs: [] }
`,
  )
  run(cleanUp, process.execPath, [main, 'run', '--config', join(folder, 'adapter.yaml'), '--admin', '127.0.0.1:0'])

  for (const { statsd, page } of [ours, theirs]) {
    await until(
      'the page',
      async () => (await fetch(`http://127.0.0.1:${page}/metrics`).catch(() => undefined))?.ok ?? false,
    )
    await send(statsd, `${lines.join('\n')}\n`)
    await until('the last line', async () => (await samples(page)).has('end'))
  }
  const expected = Object.fromEntries([...(await samples(theirs.page))].filter(([series]) => isOfTheLines(series)))
  expect(expected).toHaveProperty('counter', 108)
  expect(Object.fromEntries(await samples(ours.page))).toEqual(expected)
})

/** statsd_exporter shows its own metrics on the same page. */
function isOfTheLines(series: string): boolean {
  return !/^(statsd_|go_|process_|promhttp_)/.test(series)
}

function run(cleanUp: AsyncDisposableStack, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' })
  cleanUp.defer(() => void child.kill('SIGKILL'))
  return child
}

function send(port: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', reject)
    socket.once('close', () => resolve())
    socket.resume()
    socket.end(text)
  })
}

async function samples(port: number): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const written = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    written.map((line) => {
      const end = line.lastIndexOf(' ')
      // Sums of fractions differ in their last bits: statsd_exporter adds a sampled value several times.
      return [line.slice(0, end), Number(Number(line.slice(end + 1)).toPrecision(12))]
    }),
  )
}
