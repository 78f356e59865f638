/** All connections read into one buffer: what one of them must keep may not change when another is read. */
import { expect, it } from 'vitest'
import { arrived, startOneRoute } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient } from '../testdata/raw-client.ts'

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

const body = 'b'.repeat(9000)

it.each([
  { what: 'a request', early: 'GET /theirs HTTP/1.1\r\nHost: theirs\r\n\r\n', late: '' },
  { what: 'the begin of a head', early: 'GET /theirs HTTP/1.1\r\nHo', late: 'st: theirs\r\n\r\n' },
  { what: 'a body', early: `POST /theirs HTTP/1.1\r\nHost: theirs\r\nContent-Length: 9000\r\n\r\n${body}`, late: '' },
])('keeps $what behind a request that has no answer yet, whatever others send meanwhile', async ({ early, late }) => {
  let answerFirst = (): void => undefined
  await using backend = await startRawBackend((head, socket) => {
    if (!head.includes('/first')) return ok
    answerFirst = () => void socket.write(ok)
    return undefined
  })
  await using path = await startOneRoute([backend.address])
  await using theirs = await openRawClient(path.port('app'))
  await using others = await openRawClient(path.port('app'))

  // In one write, so that all of it is in the same read as the request before it.
  theirs.write(`GET /first HTTP/1.1\r\nHost: theirs\r\n\r\n${early}`)
  await arrived(backend, 1)
  others.write(`GET /${'x'.repeat(5000)} HTTP/1.1\r\nHost: others\r\n\r\n`)
  await others.until(/ok$/)
  answerFirst()
  await theirs.until(/ok/)
  if (late !== '') theirs.write(late)
  await theirs.until(/ok[\s\S]*ok$/)

  expect(backend.received()).toContain(early + late)
  expect(backend.heads.at(-1)).toMatch(/^(?:GET|POST) \/theirs /)
})
