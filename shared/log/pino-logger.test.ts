import { expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { createLogger } from './pino-logger.ts'
import { createRedaction } from './redaction.ts'

/** A logger and the lines that it wrote, parsed. */
function newLogger() {
  const written: string[] = []
  const redaction = createRedaction()
  const log = createLogger(
    { sidecar: 'example', level: 'info' },
    { clock: fakeClock(), redaction, write: (line) => written.push(line) },
  )
  return { log, redaction, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

it('writes one JSON object per line: level by name, time as RFC 3339, the sidecar, the fields, the sentence', () => {
  const { log, written } = newLogger()
  log.warn({ route: '/', attempt: 2 }, 'retrying on another endpoint')
  expect(written).toEqual([
    '{"level":"warn","time":"2026-01-01T00:00:00.000Z","sidecar":"example","route":"/","attempt":2,"msg":"retrying on another endpoint"}\n',
  ])
})

it('adds the fields of a child to each of its lines', () => {
  const { log, lines } = newLogger()
  log.child({ listener: 'inventory' }).child({ connection: 7 }).info({ port: 1 }, 'open')
  expect(lines()).toMatchObject([{ listener: 'inventory', connection: 7, port: 1, msg: 'open' }])
})

it('changes the level for children that exist already', () => {
  const { log, lines } = newLogger()
  const child = log.child({ part: 'pool' })
  child.debug({}, 'too early')
  log.level = 'debug'
  child.debug({}, 'seen')
  child.level = 'error'
  log.warn({}, 'too late')
  expect(lines().map((line) => line.msg)).toEqual(['seen'])
})

it('hides secrets in fields, in the fields of a child and in the sentence', () => {
  const { log, redaction, written } = newLogger()
  redaction.hide(['hunter22'])
  log.child({ url: 'redis://:hunter22@cache' }).error({ err: new Error('hunter22 is wrong') }, 'hunter22 refused')
  expect(written[0]).not.toContain('hunter22')
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    url: 'redis://:[redacted]@cache',
    err: { type: 'Error', message: '[redacted] is wrong' },
    msg: '[redacted] refused',
  })
})
