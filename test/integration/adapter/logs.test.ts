/** Log files that rotate, break off and are read by an adapter that is stopped and killed: each line once. */
import { appendFile, copyFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { type AdapterStage, startAdapter } from './adapter-container.ts'

const config = `
metrics: { statsd: { udp: "127.0.0.1:9125" } }
logs:
  inputs: [{ files: ["/var/log/app/*.log"] }]
  checkpoint: { dir: /state }
`

/** A line of slog's JSON handler. */
const line = (n: number): string => `{"time":"2026-11-23T20:00:00.5Z","level":"INFO","msg":"line","n":${n}}\n`

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => line(from + index)).join('')

const numbers = async (adapter: AdapterStage): Promise<number[]> =>
  (await adapter.records()).map((record) => Number(record.attributes.n))

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Appends 2000 lines in small pieces, the last half of them at once and unseen when the caller rotates the file. */
async function writeRound(adapter: AdapterStage, file: string, round: number): Promise<void> {
  const from = round * 2000
  for (let part = 0; part < 10; part += 1) await appendFile(file, lines(from + part * 100, from + (part + 1) * 100))
  await until('a line of this round', async () => (await adapter.own('log_lines_total')) > from)
  await appendFile(file, lines(from + 1000, from + 2000))
}

it('writes records of the OpenTelemetry log data model and keeps secrets to itself', async () => {
  await using adapter = await startAdapter(config)
  await writeFile(
    join(adapter.logs, 'app.log'),
    [
      '{"time":"2026-11-23T20:00:00.123456789+01:00","level":"WARN","msg":"slow","route":"/cart","token":"hunter2"}',
      'time=2026-11-23T20:00:01.000Z level=ERROR msg="it failed" err="no such host" password=hunter2',
      'panic: runtime error',
      '',
    ].join('\n'),
  )
  await until('three records', async () => (await adapter.records()).length === 3)
  const origin = { 'log.file.path': '/var/log/app/app.log' }
  expect(await adapter.records()).toEqual([
    {
      timestamp: '2026-11-23T19:00:00.123456789Z',
      severity_text: 'WARN',
      severity_number: 13,
      body: 'slow',
      attributes: { route: '/cart', token: '[redacted]', ...origin },
    },
    {
      timestamp: '2026-11-23T20:00:01.000Z',
      severity_text: 'ERROR',
      severity_number: 17,
      body: 'it failed',
      attributes: { err: 'no such host', password: '[redacted]', ...origin },
    },
    { severity_number: 0, body: 'panic: runtime error', attributes: origin },
  ])
})

describe('rotation under load', () => {
  it('by rename loses no line and doubles none', async () => {
    await using adapter = await startAdapter(config)
    const file = join(adapter.logs, 'app.log')
    for (let round = 0; round < 10; round += 1) {
      await writeRound(adapter, file, round)
      await rename(file, join(adapter.logs, `app.log.${round}`))
    }
    await until('all lines', async () => (await adapter.own('log_lines_total')) >= 20_000)
    expect(await adapter.stop()).toBe(0)
    expect((await numbers(adapter)).toSorted((a, b) => a - b)).toEqual(upTo(20_000))
  })

  it('by copy and truncate loses no line and doubles none', async () => {
    await using adapter = await startAdapter(config)
    const file = join(adapter.logs, 'app.log')
    for (let round = 0; round < 10; round += 1) {
      await writeRound(adapter, file, round)
      await copyFile(file, join(adapter.logs, `app.log.${round}`))
      await truncate(file)
    }
    await until('all lines', async () => (await adapter.own('log_lines_total')) >= 20_000)
    expect(await adapter.stop()).toBe(0)
    expect((await numbers(adapter)).toSorted((a, b) => a - b)).toEqual(upTo(20_000))
  })
})

describe('SIGTERM', () => {
  it('reads what the app wrote with its last breath, a line without an end included, and exits 0', async () => {
    await using adapter = await startAdapter(config)
    const file = join(adapter.logs, 'app.log')
    await writeFile(file, lines(0, 5000))
    await until('the first lines', async () => (await adapter.own('log_lines_total')) > 0)
    await appendFile(file, `${lines(5000, 10_000)}{"msg":"half`)
    expect(await adapter.stop()).toBe(0)
    const records = await adapter.records()
    expect(records.slice(0, -1).map((record) => record.attributes.n)).toEqual(upTo(10_000))
    expect(records.at(-1)).toMatchObject({ body: '{"msg":"half', attributes: { 'log.partial': true } })
    expect((await adapter.lines()).at(-1)).toMatchObject({ msg: 'stopped', exit_code: 0 })
  })
})

describe('kill -9', () => {
  it('loses no line, whatever was rotated while it was down', async () => {
    await using adapter = await startAdapter(config)
    const file = join(adapter.logs, 'app.log')
    for (let round = 0; round < 2; round += 1) {
      const from = round * 3000
      await appendFile(file, lines(from, from + 1000))
      await until('a line of this life', async () => (await adapter.own('log_lines_total')) > 0)
      await appendFile(file, lines(from + 1000, from + 2000))
      await adapter.kill()
      await appendFile(file, lines(from + 2000, from + 3000))
      await rename(file, join(adapter.logs, `app.log.${round}`))
      await appendFile(file, '')
      await adapter.start()
    }
    await until('the last line', async () => (await numbers(adapter)).includes(5999))
    expect(await adapter.stop()).toBe(0)
    expect([...new Set(await numbers(adapter))].toSorted((a, b) => a - b)).toEqual(upTo(6000))
  })

  it('after a checkpoint does not write the lines before it again', async () => {
    await using adapter = await startAdapter(config)
    const file = join(adapter.logs, 'app.log')
    await writeFile(file, lines(0, 1000))
    expect(await adapter.stop()).toBe(0)
    await adapter.start()
    await appendFile(file, lines(1000, 2000))
    await until('the last line', async () => (await numbers(adapter)).includes(1999))
    await adapter.kill()
    await adapter.start()
    expect(await adapter.stop()).toBe(0)
    const seen = await numbers(adapter)
    expect(seen.slice(0, 1000)).toEqual(upTo(1000))
    expect(seen.slice(1000).every((n) => n >= 1000)).toBe(true)
    expect(new Set(seen)).toEqual(new Set(upTo(2000)))
  })
})
