import { describe, expect, it } from 'vitest'
import type { LogLine } from '../../kube/container-log.ts'
import { appAccount, linesSaying, normalisedRecords, says } from './own-lines.ts'

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
