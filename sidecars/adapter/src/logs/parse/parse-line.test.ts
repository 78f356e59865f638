import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLine } from './parse-line.ts'

describe('the loggers of Go', () => {
  it.each([
    [
      'slog JSON',
      '{"time":"2026-11-23T11:49:04.123456789+01:00","level":"WARN","msg":"slow","route":"quote","http":{"status":200}}',
      {
        timestamp: '2026-11-23T10:49:04.123456789Z',
        severity_text: 'WARN',
        severity_number: 13,
        body: 'slow',
        attributes: { route: 'quote', http: { status: 200 } },
      },
    ],
    [
      'slog JSON with a level between the names',
      '{"time":"2026-11-23T11:49:04Z","level":"DEBUG-2","msg":"x"}',
      { timestamp: '2026-11-23T11:49:04Z', severity_text: 'DEBUG-2', severity_number: 3, body: 'x', attributes: {} },
    ],
    [
      'slog text',
      'time=2026-11-23T11:49:04.123Z level=INFO msg="order placed" order=42 note="say \\"hi\\""',
      {
        timestamp: '2026-11-23T11:49:04.123Z',
        severity_text: 'INFO',
        severity_number: 9,
        body: 'order placed',
        attributes: { order: '42', note: 'say "hi"' },
      },
    ],
    [
      'slog default',
      '2026/11/23 11:49:04 ERROR cannot connect err=refused',
      {
        timestamp: '2026-11-23T11:49:04Z',
        severity_text: 'ERROR',
        severity_number: 17,
        body: 'cannot connect err=refused',
        attributes: {},
      },
    ],
    [
      'package log with a file',
      '2026/11/23 11:49:04.123456 main.go:23: listening',
      {
        timestamp: '2026-11-23T11:49:04.123456Z',
        severity_number: 0,
        body: 'listening',
        attributes: { 'code.file.path': 'main.go', 'code.line.number': 23 },
      },
    ],
    [
      'zap production',
      '{"level":"error","ts":1795434544.5,"caller":"x.go:1","msg":"failed"}',
      {
        timestamp: '2026-11-23T11:49:04.500Z',
        severity_text: 'error',
        severity_number: 17,
        body: 'failed',
        attributes: { caller: 'x.go:1' },
      },
    ],
    [
      'zerolog with milliseconds',
      '{"level":"fatal","time":1795434544500,"message":"gone"}',
      {
        timestamp: '2026-11-23T11:49:04.500Z',
        severity_text: 'fatal',
        severity_number: 21,
        body: 'gone',
        attributes: {},
      },
    ],
    ['anybody', 'just words = and more', { severity_number: 0, body: 'just words = and more', attributes: {} }],
    ['an empty line', '', { severity_number: 0, body: '', attributes: {} }],
  ])('%s', (_logger, line, record) => {
    expect(parseLine(line, 'auto')).toEqual(record)
  })
})

it('finds the trace of a request, and leaves what is no trace id where it was', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  expect(parseLine(`{"msg":"x","trace_id":"${trace}","span_id":"b7ad6b7169203331"}`, 'auto')).toMatchObject({
    trace_id: trace,
    span_id: 'b7ad6b7169203331',
  })
  expect(parseLine('{"msg":"x","trace_id":"none"}', 'auto')).toMatchObject({ attributes: { trace_id: 'none' } })
})

it('keeps a time that it cannot read as an attribute', () => {
  expect(parseLine('{"time":"noon","msg":"x"}', 'auto')).toEqual({
    severity_number: 0,
    body: 'x',
    attributes: { time: 'noon' },
  })
})

it('keeps every digit of an integer that a double cannot hold', () => {
  expect(parseLine('{"msg":"x","id":9007199254740993,"n":12}', 'auto').attributes).toEqual({
    id: '9007199254740993',
    n: 12,
  })
})

it('takes a broken JSON line as text, also when JSON was asked for', () => {
  expect(parseLine('{"msg":"cut of', 'json')).toEqual({ severity_number: 0, body: '{"msg":"cut of', attributes: {} })
})

it('never throws, and never answers without a body', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `level=${text} msg=x`),
      ),
      (line) => {
        expect(typeof parseLine(line, 'auto').body).toBe('string')
      },
    ),
  )
})
