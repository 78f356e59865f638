import { describe, expect, it } from 'vitest'
import { readTarget, showTarget } from './target.ts'

const status = [{ from: 200, to: 399 }]

describe('readTarget', () => {
  it.each([
    ['tcp://db:5432', { kind: 'tcp', host: 'db', port: 5432 }],
    ['tcp://[::1]:5432', { kind: 'tcp', host: '::1', port: 5432 }],
    ['TCP://db:5432', { kind: 'tcp', host: 'db', port: 5432 }],
    ['http://auth:8080/healthz', { kind: 'http', url: 'http://auth:8080/healthz', status }],
    ['https://auth/healthz?full=1', { kind: 'http', url: 'https://auth/healthz?full=1', status }],
  ])('reads %s', (notation, target) => {
    expect(readTarget(notation)).toEqual({ ok: true, target })
  })

  it.each(['postgres://shop@db:5432/shop', 'redis://cache:6379', 'amqp://queue', 'dns:queue.shop', 'mongodb://db'])(
    'refuses %s as not supported yet',
    (notation) => {
      expect(readTarget(notation)).toMatchObject({ ok: false, problem: 'not supported yet' })
    },
  )

  it.each(['', 'db', 'tcp://db', 'tcp://db:0', 'tcp://db:70000', 'http://', 'http:auth', 'gopher://x:1', 'tcp://'])(
    'cannot read "%s"',
    (notation) => {
      expect(readTarget(notation)).toEqual({ ok: false, problem: 'unreadable' })
    },
  )

  it('tells to add the protocol to a bare address', () => {
    expect(readTarget('db:5432')).toEqual({ ok: false, problem: 'unreadable', hint: 'add the protocol: tcp://db:5432' })
  })
})

describe('showTarget', () => {
  it.each([
    ['tcp://[::1]:5432', 'tcp://[::1]:5432'],
    ['http://user:hunter2@auth:8080/healthz?token=abc', 'http://auth:8080/healthz?...'],
    ['https://auth', 'https://auth/'],
  ])('shows %s as %s', (notation, shown) => {
    const reading = readTarget(notation)
    if (!reading.ok) throw new Error(`${notation} must be readable`)
    expect(showTarget(reading.target)).toBe(shown)
  })
})
