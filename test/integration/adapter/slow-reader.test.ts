/** The adapter as a process whose stdout nobody reads for a while, as when a container runtime is busy. */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'

const main = fileURLToPath(new URL('../../../sidecars/adapter/src/main.ts', import.meta.url))
const recordCount = 20_000

it('waits with the records, answers probes meanwhile, and mixes no two lines when it is read again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-slow-'))
  const [statsd, page, admin] = [await freePort(), await freePort(), await freePort()]
  const pad = 'p'.repeat(200)
  const lines = Array.from({ length: recordCount }, (_, n) => `{"level":"INFO","msg":"line","n":${n},"pad":"${pad}"}\n`)
  writeFileSync(join(folder, 'app.log'), lines.join(''))
  writeFileSync(
    join(folder, 'adapter.yaml'),
    `
metrics: { statsd: { udp: "127.0.0.1:${statsd}" }, expose: { address: "127.0.0.1:${page}" } }
logs: { inputs: [{ files: ["${folder}/*.log"] }] }
`,
  )
  const adapter = spawn(
    process.execPath,
    [main, 'run', '--config', join(folder, 'adapter.yaml'), '--admin', `127.0.0.1:${admin}`, '--log-level', 'debug'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    // Nothing reads stdout yet: the pipe fills up with records.
    const probe = () => fetch(`http://127.0.0.1:${admin}/startupz`).catch(() => undefined)
    await until('the start', async () => (await probe())?.status === 200)
    // Each of these is also a line of the adapter's own log, while a record is halfway through the pipe.
    const socket = createSocket('udp4')
    for (let n = 0; n < 500; n += 1) socket.send(`nonsense ${n}`, statsd, '127.0.0.1')
    await until('the nonsense to be counted', async () => {
      const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text()
      return text.includes('statsd_invalid_total{reason="malformed_line"} 500')
    })
    socket.close()

    let output = ''
    adapter.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    await until('all records', async () => output.includes(`"n":${recordCount - 1},`))
    adapter.kill('SIGTERM')
    const [code] = await once(adapter, 'close')
    expect(code).toBe(0)
    const parsed = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const numbers = parsed.filter((line) => !('sidecar' in line)).map((record) => record.attributes.n)
    expect(numbers).toEqual(Array.from({ length: recordCount }, (_, n) => n))
    expect(parsed.filter((line) => line.msg === 'this StatsD line cannot be used')).toHaveLength(500)
    expect(parsed.at(-1)).toMatchObject({ msg: 'stopped', exit_code: 0 })
  } finally {
    adapter.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
})
