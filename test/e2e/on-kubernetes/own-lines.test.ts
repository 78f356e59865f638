import { describe, expect, it } from 'vitest'
import type { LogLine } from '../../kube/container-log.ts'
import { appAccount, linesSaying, normalisedRecords, passageOf, says } from './own-lines.ts'

const lines: readonly LogLine[] = [
  '{"level":"INFO","msg":"started"}',
  'plain text',
  '{broken',
  '{"msg":"request answered","code":200}',
  '{"msg":"request failed","code":502,"error":"connection refused"}',
  '{"severity_text":"INFO","body":"request answered"}',
].map((text, at) => ({ container: 'app', run: 0, atMs: at, text }))

describe("the containers' own lines", () => {
  it('are found by what they say, and lines that are no JSON are left out', () => {
    expect(linesSaying(lines, 'started').map(({ atMs }) => atMs)).toEqual([0])
    expect(lines.filter(says('request answered')).map(({ atMs }) => atMs)).toEqual([3])
  })

  it('tell how many requests the app answered, which of them badly, and how many after a moment', () => {
    const account = appAccount(lines)
    expect(account).toMatchObject({ requests: 2, failed: ['502 connection refused'] })
    expect(account.since(3)).toBe(1)
  })

  it('are normalised records when they follow the OpenTelemetry model', () => {
    expect(normalisedRecords(lines).map(({ atMs }) => atMs)).toEqual([5])
  })
})

describe('the passage of lines through an adapter', () => {
  const at = (second: number): string => `2026-01-01T00:00:0${second}.123456789Z`
  const line = (fields: object): LogLine => ({ container: 'x', run: 0, atMs: 0, text: JSON.stringify(fields) })
  const app = [1, 2, 3].map((second) => line({ time: at(second), msg: 'request answered' }))
  const passed = (...seconds: number[]) =>
    seconds.map((second) => line({ timestamp: at(second), severity_text: 'INFO', body: 'request answered' }))

  it.each([
    ['whole', [1, 2, 3], 0, []],
    ['with a line missing', [1, 3], 1, []],
    ['with lines twice, as after a kill', [1, 2, 2, 3], 0, [Date.parse(at(2))]],
    ['with a line twice that does not make up for the missing one', [1, 2, 2], 1, [Date.parse(at(2))]],
  ])('is told %s', (_how, seconds, missing, twiceMs) => {
    expect(passageOf(app, passed(...seconds))).toEqual({ written: 3, missing, twiceMs })
  })
})
