import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { ScratchBuffer } from './scratch-buffer.ts'
import { WriteBatch } from './write-batch.ts'

/** Two ends of one connection; what is written to `near` arrives at `far`, which reads when it is told to. */
async function socketPair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[near]] = (await Promise.all([once(server, 'connection'), once(far, 'connect')])) as [[Socket], unknown]
  far.pause()
  server.close()
  return { near, far }
}

async function allOf(socket: Socket): Promise<string> {
  let text = ''
  for await (const piece of socket) text += (piece as Buffer).toString('latin1')
  return text
}

it('joins a head and a small body into one write', async () => {
  const { near, far } = await socketPair()
  const batch = new WriteBatch(near, new ScratchBuffer())
  batch.addText('head ')
  batch.addBytes(Buffer.from('body'))
  batch.flush()
  near.end()
  expect(await allOf(far)).toBe('head body')
  expect(near.bytesWritten).toBe(9)
})

it('writes what a slow reader gets from bytes that no other connection overwrites', async () => {
  const scratch = new ScratchBuffer()
  const [slow, other] = [await socketPair(), await socketPair()]
  const [slowBatch, otherBatch] = [new WriteBatch(slow.near, scratch), new WriteBatch(other.near, scratch)]
  const pieces = ['a', 'b', 'c'].map((letter) => Buffer.alloc(65_536, letter))
  let sent = ''
  // More than a socket's buffers hold: the rest waits in the process.
  while (slow.near.writableLength < 1_000_000) {
    for (const piece of pieces) {
      slowBatch.addText('head')
      slowBatch.addBytes(piece)
      sent += `head${piece.toString('latin1')}`
      otherBatch.addBytes(Buffer.alloc(65_536, 'x'))
      other.far.resume()
    }
  }
  slow.near.end()
  other.near.destroy()
  expect((await allOf(slow.far)) === sent).toBe(true)
})
