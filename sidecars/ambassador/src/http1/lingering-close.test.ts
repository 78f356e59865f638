import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { expect, it } from 'vitest'
import { closeLingering } from './lingering-close.ts'

/** A connection whose one end has just been closed, and whose other end does not close. */
async function closing() {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [socket] = (await once(server, 'connection')) as [Socket]
  const clock = fakeClock()
  socket.write('last answer')
  const stop = closeLingering(socket, clock)
  client.resume()
  await once(client, 'end')
  while (clock.pending() === 0) await turn()
  return {
    client,
    socket,
    clock,
    stop,
    /** The client sends one byte, and it arrives. */
    send: async () => {
      client.write('x')
      await once(socket, 'data')
    },
    [Symbol.asyncDispose]: async () => {
      stop()
      client.destroy()
      socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

it('waits while the client still sends, and then for a second in which nothing comes', async () => {
  await using it = await closing()
  for (let second = 0; second < 10; second += 1) {
    await it.send()
    await it.clock.advance(1000)
    expect(it.socket.destroyed).toBe(false)
  }
  await it.clock.advance(999)
  expect(it.socket.destroyed).toBe(false)
  await it.clock.advance(1)
  expect(it.socket.destroyed).toBe(true)
})

it('waits no longer than half a minute for a client that never stops', async () => {
  await using it = await closing()
  let ms = 0
  while (!it.socket.destroyed && ms < 60_000) {
    await it.send()
    await it.clock.advance(500)
    ms += 500
  }
  expect(ms).toBeGreaterThanOrEqual(30_000)
  expect(ms).toBeLessThanOrEqual(31_000)
})

it('is over as soon as the client closes too, and leaves no timer behind', async () => {
  await using it = await closing()
  it.client.end()
  await once(it.socket, 'close')
  it.stop()
  expect(it.clock.pending()).toBe(0)
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
