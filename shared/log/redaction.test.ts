import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedaction, redacted } from './redaction.ts'

/** The fields as they would stand in the line. */
const shown = (fields: Record<string, unknown>, secrets: string[] = []) => {
  const redaction = createRedaction()
  redaction.hide(secrets)
  return redaction.fields(fields)
}

describe('by the name of a field', () => {
  it.each([
    'password',
    'DB_PASSWORD',
    'token',
    'accessToken',
    'authorization',
    'Set-Cookie',
    'client_secret',
    'apiKey',
  ])('hides the value of %s', (name) => expect(shown({ [name]: 'open sesame' })).toEqual({ [name]: redacted }))

  it('hides it at any depth, whole blocks included', () => {
    const fields = { request: { headers: { authorization: 'Bearer x' } }, credentials: { user: 'a', key: 'b' } }
    expect(shown(fields)).toEqual({ request: { headers: { authorization: redacted } }, credentials: redacted })
  })

  it('shows counts and flags, whatever their name', () => {
    const fields = { tokens_left: 3, password_set: true, token: null }
    expect(shown(fields)).toEqual(fields)
  })
})

describe('by value', () => {
  it('hides a secret of the config in the message of an error, in its cause and in its stack', () => {
    const error = new Error('login as shop failed', { cause: new Error('bad password hunter22') })
    const { err } = shown({ err: error }, ['hunter22']) as { err: { cause: { message: string; stack: string } } }
    expect(err.cause.message).toBe('bad password [redacted]')
    expect(JSON.stringify(err)).not.toContain('hunter22')
  })

  it.each([
    ['in a URL', 'p@ss/word', 'postgres://shop:p%40ss%2Fword@db'],
    ['in JSON', 'quo"ted', '{"sent":"quo\\"ted"}'],
    ['in an Authorization header', 'user:secret', 'Basic dXNlcjpzZWNyZXQ='],
    ['line by line', 'BEGIN KEY\nMIIEvQ\nEND KEY', 'cannot parse MIIEvQ'],
  ])('finds it %s', (_where, secret, text) => {
    const redaction = createRedaction()
    redaction.hide([secret])
    expect(redaction.text(text)).toContain(redacted)
  })

  it('hides the longer of two secrets that contain each other', () => {
    const redaction = createRedaction()
    redaction.hide(['hunter', 'hunter22'])
    expect(redaction.text('is hunter22')).toBe('is [redacted]')
  })

  it('leaves values of three letters and fewer alone, because they stand in every line', () => {
    expect(shown({ route: 'api' }, ['api', ''])).toEqual({ route: 'api' })
  })

  it('never shows a secret, wherever in the fields it stands', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^~[a-z0-9 ]{4,20}$/),
        fc.array(fc.oneof(fc.constant('text'), fc.constant('nested'), fc.constant('list'), fc.constant('error')), {
          minLength: 1,
          maxLength: 5,
        }),
        (secret, nesting) => {
          const value = nesting.reduce<unknown>((inner, kind) => wrap(kind, inner), `it is ${secret}!`)
          expect(JSON.stringify(shown({ value }, [secret]))).not.toContain(secret)
        },
      ),
    )
  })
})

function wrap(kind: string, inner: unknown): unknown {
  if (kind === 'nested') return { inner }
  if (kind === 'list') return [1, inner]
  if (kind === 'error') return new Error('outer', { cause: inner })
  return inner
}

describe('limits', () => {
  it('cuts a text of more than 8192 letters', () => {
    expect(shown({ body: 'x'.repeat(8193) }).body).toBe(`${'x'.repeat(8192)}[cut]`)
  })

  it('ends a circle', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(JSON.stringify(shown({ circle }))).toContain('[deeper]')
  })

  it('shows the size of bytes, not the bytes', () => {
    expect(shown({ body: Buffer.from('secret') })).toEqual({ body: '[6 bytes]' })
  })

  it('writes a bigint, which JSON cannot', () => {
    expect(shown({ inode: 7n })).toEqual({ inode: '7' })
  })
})

it('keeps what an error carries beside its message', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const { err } = shown({ err: new AggregateError([refused], 'all failed') }) as { err: Record<string, unknown> }
  expect(err).toMatchObject({
    type: 'AggregateError',
    message: 'all failed',
    stack: expect.stringContaining('all failed'),
  })
  expect(err.errors).toMatchObject([{ type: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' }])
})

describe('in a finished line', () => {
  it('hides secrets and leaves it as long as it is', () => {
    const redaction = createRedaction()
    redaction.hide(['s3cret"word'])
    const line = `${JSON.stringify({ path: '/s3cret"word', rest: 'x\n'.repeat(500_000) })}\n`
    expect(JSON.parse(redaction.line(line))).toEqual({ path: `/${redacted}`, rest: 'x\n'.repeat(500_000) })
  })

  it.each([
    ['a number', '1500', '{"bytes":1500,"path":"/1500"}', '{"bytes":1500,"path":"/[redacted]"}'],
    ['a flag', 'true', '{"ok":true}', '{"ok":true}'],
    ['what stands between texts', '","b', '{"a":"x","b":1}', '{"a":"x","b":1}'],
    ['what begins within an escape', 'n123', '{"a":"\\n123"}', '{"a":"\\n123"}'],
  ])('leaves JSON where a secret is %s', (_what, secret, line, expected) => {
    const redaction = createRedaction()
    redaction.hide([secret])
    expect(redaction.line(line)).toBe(expected)
  })

  it('hides a secret that is escaped in another way than ours', () => {
    const redaction = createRedaction()
    redaction.hide(['hunter22'])
    expect(redaction.line('{"a":"\\u0068unter22"}')).toBe('{"a":"[redacted]"}')
  })

  it('hides in each text of any JSON what it would hide in the text alone, and changes nothing else', () => {
    // None of the letters of "[redacted]", or a secret could be made of what replaces another one.
    const piece = fc.string({
      unit: fc.constantFrom('x', 'n', 'u', '0', '1', '"', '\\', '/', '\n', ',', ':', 'é'),
      maxLength: 12,
    })
    const leaf = fc.oneof(piece, fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null))
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(piece, tie('value'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(
        value,
        fc.array(piece, { maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: 4, max: 9 }),
        (json, more, from, length) => {
          const line = JSON.stringify(json)
          const redaction = createRedaction()
          expect(redaction.line(line)).toBe(line)
          // Any part of the line itself is a secret worth a try.
          const start = from % line.length
          redaction.hide([...more, line.slice(start, start + length)])
          const shownLine = redaction.line(line)
          expect(JSON.parse(shownLine)).toEqual(withTexts(JSON.parse(line), redaction.text))
        },
      ),
      { numRuns: 1000 },
    )
  })
})

function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => withTexts(each, change))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), withTexts(each, change)]))
}
