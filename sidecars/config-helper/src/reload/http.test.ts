import { createHash } from 'node:crypto'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { type BackendReaction, startBackend } from '@podmates/shared/testing/recording-backend.ts'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { describe, expect, it } from 'vitest'
import { generationOf } from '../publish/generation.ts'
import { parseExpectation } from './expectation.ts'
import { bodyBytesMax } from './http-exchange.ts'
import { httpNotifier } from './notify-http.ts'
import { type HttpVerification, httpVerifier } from './verify-http.ts'

const text = 'greeting: hello\n'
const generation = generationOf(new Map([['app.yaml', Buffer.from(text)]]))
const hash = createHash('sha256').update(text).digest('hex')
const untouched = new AbortController().signal
const equals = parseExpectation('{{ hash }}') ?? { text: '', pieces: [] }

const reload = { method: 'POST', timeoutMs: 5000, repeats: 'answers' } as const
const verification: Omit<HttpVerification, 'url'> = { json: '$.hash', equals, timeoutMs: 5000, repeats: 'answers' }

describe('telling the app by a request', () => {
  it('sends one request without a body, with the hash of the file that the app reads', async () => {
    await using app = await startBackend(() => ({ status: 204 }))
    const notify = httpNotifier({ ...reload, url: `${app.url}/-/reload` }, systemClock)
    expect(await notify(generation, untouched)).toEqual({ answer: 'yes' })
    const [request, ...more] = app.requests
    expect(more).toEqual([])
    expect(request).toMatchObject({ method: 'POST', target: '/-/reload' })
    const headers = Object.fromEntries((request?.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]))
    expect(headers).toMatchObject({ 'x-config-hash': hash, 'content-length': '0', connection: 'close' })
  })

  it.each([
    [
      'an error of the version',
      { status: 422, body: '{"error":"line 3:\n unknown key"}' },
      '422: {"error":"line 3: unknown key"}',
    ],
    ['missing rights', { status: 401, body: '' }, '401'],
  ])('takes %s for a refusal', async (_what, reply, reason) => {
    await using app = await startBackend(() => reply)
    const notify = httpNotifier({ ...reload, url: `${app.url}/-/reload` }, systemClock)
    expect(await notify(generation, untouched)).toEqual({
      answer: 'refused',
      reason: `POST ${app.url}/-/reload answered ${reason}`,
    })
  })

  it.each([
    ['an error of the app', { status: 503, body: 'busy' }, '503: busy'],
    ['a request that took too long', { status: 408, body: '' }, '408'],
    ['a request that came too early', { status: 425, body: '' }, '425'],
    ['a request too many', { status: 429, body: '' }, '429'],
    ['a redirect, which is not followed', { status: 302, headers: { location: '/' } }, '302'],
  ])('takes %s for a no that may change', async (_what, reply, reason) => {
    await using app = await startBackend(() => reply)
    const notify = httpNotifier({ ...reload, url: `${app.url}/-/reload` }, systemClock)
    expect(await notify(generation, untouched)).toEqual({
      answer: 'no',
      reason: `POST ${app.url}/-/reload answered ${reason}`,
    })
    expect(app.requests).toHaveLength(1)
  })

  it('does not repeat the answer when secrets are published, nor the credentials of the URL', async () => {
    await using app = await startBackend(() => ({ status: 422, body: 'password hunter2 is too short' }))
    const url = `${app.url.replace('//', '//admin:hunter2@')}/-/reload?token=hunter2`
    const answer = await httpNotifier({ ...reload, url, repeats: 'nothing' }, systemClock)(generation, untouched)
    expect(answer).toEqual({ answer: 'refused', reason: `POST ${app.url}/-/reload answered 422` })
  })

  it('reaches nobody when nothing listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}/-/reload`
    const answer = await httpNotifier({ ...reload, url }, systemClock)(generation, untouched)
    expect(answer).toMatchObject({ answer: 'unreached', reason: expect.stringContaining('ECONNREFUSED') })
  })

  it('has reached an app that breaks the connection', async () => {
    await using app = await startBackend((): BackendReaction => 'reset')
    const answer = await httpNotifier({ ...reload, url: app.url }, systemClock)(generation, untouched)
    expect(answer).toMatchObject({ answer: 'no' })
  })

  it('gives up an app that never answers when the time is over', async () => {
    const clock = fakeClock()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    await using app = await startBackend((): BackendReaction => {
      arrive()
      return 'silence'
    })
    const pending = httpNotifier({ ...reload, url: app.url }, clock)(generation, untouched)
    await arrived
    await clock.advance(5000)
    expect(await pending).toEqual({ answer: 'no', reason: `POST ${app.url}/: no answer within 5000 ms` })
    expect(clock.pending()).toBe(0)
  })

  it('ends the request when it is called off', async () => {
    const over = new AbortController()
    await using app = await startBackend((): BackendReaction => {
      over.abort(new Error('a newer version came'))
      return 'silence'
    })
    const pending = httpNotifier({ ...reload, url: app.url }, systemClock)(generation, over.signal)
    await expect(pending).rejects.toThrow('a newer version came')
  })
})

describe('asking the app which version it uses', () => {
  const ask = async (reply: BackendReaction, more: Partial<HttpVerification> = {}) => {
    await using app = await startBackend(() => reply)
    const answer = await httpVerifier({ ...verification, url: `${app.url}/-/config`, ...more }, systemClock)(
      generation,
      untouched,
    )
    return 'reason' in answer ? `${answer.answer}: ${answer.reason.replace(app.url, '')}` : answer.answer
  }

  it('is a yes when the value at the JSONPath is the hash of the file', async () => {
    expect(await ask({ body: JSON.stringify({ hash, loadedAt: 'now' }) })).toBe('yes')
  })

  it('compares the whole answer where there is no JSONPath', async () => {
    expect(await ask({ body: `${hash}\n` }, { json: undefined })).toBe('yes')
  })

  it('compares values that are no text by their JSON', async () => {
    const seven = parseExpectation('7') ?? equals
    expect(await ask({ body: '{"generation": 7}' }, { json: '$.generation', equals: seven })).toBe('yes')
  })

  it.each([
    ['another hash', { body: '{"hash":"0123"}' }, `no: GET /-/config: expected $.hash to be ${hash}, found "0123"`],
    ['no value there', { body: '{}' }, `no: GET /-/config: expected $.hash to be ${hash}, found nothing there`],
    ['an error', { status: 500, body: 'oops' }, 'no: GET /-/config answered 500: oops'],
    ['no JSON', { body: '<html>' }, 'no: GET /-/config: the answer is no JSON'],
    ['too much', { body: 'x'.repeat(bodyBytesMax + 1) }, 'no: GET /-/config: the answer is larger than 1048576 bytes'],
  ])('is a no when there is %s', async (_what, reply, answer) => {
    expect(await ask(reply)).toBe(answer)
  })

  it('does not repeat the value when secrets are published', async () => {
    const answer = await ask({ body: '{"hash":"hunter2"}' }, { repeats: 'nothing' })
    expect(answer).toBe(`no: GET /-/config: expected $.hash to be ${hash}, found something else`)
  })

  it('reaches nobody when nothing listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`
    expect(await httpVerifier({ ...verification, url }, systemClock)(generation, untouched)).toMatchObject({
      answer: 'unreached',
    })
  })
})
