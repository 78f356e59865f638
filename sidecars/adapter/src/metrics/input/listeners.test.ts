/** The two StatsD listeners on loopback, from bytes on the wire to lines. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { describe, expect, it, vi } from 'vitest'
import { createTcpListener } from './tcp-listener.ts'
import { createUdpListener, type ListenerWorld } from './udp-listener.ts'

const noDeadline = new AbortController().signal

/** An intake that writes down its lines, and the world around it. */
function newWorld() {
  const lines: string[] = []
  const line = (bytes: Buffer, start: number, end: number): void => {
    if (end > start) lines.push(bytes.toString('utf8', start, end))
  }
  const packet = (bytes: Buffer): void => {
    for (const text of bytes.toString('utf8').split('\n')) line(Buffer.from(text), 0, Buffer.byteLength(text))
  }
  const log = recordingLog()
  const metrics = createMetrics('adapter', '0')
  const world: ListenerWorld = { clock: systemClock, log, metrics, intake: { line, packet } }
  const own = async (name: string) =>
    Number(new RegExp(`^podmates_adapter_${name} (\\d+)$`, 'm').exec((await metrics.exposition()).text)?.[1])
  return { lines, log, world, own }
}

async function running(listener: Part): Promise<Part & AsyncDisposable> {
  await listener.start?.(noDeadline)
  return { ...listener, [Symbol.asyncDispose]: async () => void (await listener.stop?.(noDeadline)) }
}

describe('udp', () => {
  async function send(port: number, count: number): Promise<void> {
    const socket = createSocket('udp4')
    for (let n = 0; n < count; n += 1) {
      await new Promise((resolve) => socket.send(`a:${n}|c\nb:${n}|c`, port, '127.0.0.1', resolve))
    }
    socket.close()
  }

  it('takes every line of every datagram and counts them', async () => {
    const { lines, world, own } = newWorld()
    const port = await freePort()
    await using _ = await running(createUdpListener({ host: '127.0.0.1', port }, world))
    await send(port, 3)
    await vi.waitFor(() => expect(lines).toEqual(['a:0|c', 'b:0|c', 'a:1|c', 'b:1|c', 'a:2|c', 'b:2|c']))
    expect(await own('statsd_datagrams_total')).toBe(3)
    expect(await own('statsd_datagram_bytes_total')).toBe(33)
    expect(await own('statsd_kernel_drops_total')).toBe(0)
  })

  it('when stopped takes what the kernel still holds first', async () => {
    const { lines, world } = newWorld()
    const port = await freePort()
    const listener = createUdpListener({ host: '127.0.0.1', port }, world)
    await listener.start?.(noDeadline)
    const socket = createSocket('udp4')
    for (let n = 0; n < 200; n += 1) socket.send(`a:${n}|c`, port, '127.0.0.1')
    expect(await listener.stop?.(noDeadline)).toEqual({ datagrams: 200, kernel_drops: 0 })
    socket.close()
    expect(lines).toHaveLength(200)
  })

  it('says what to do when its port is taken', async () => {
    const { world } = newWorld()
    const address = { host: '127.0.0.1', port: await freePort() }
    await using _ = await running(createUdpListener(address, world))
    await expect(createUdpListener(address, newWorld().world).start?.(noDeadline)).rejects.toMatchObject({
      code: 'PM1101',
      message: expect.stringContaining('metrics.statsd.udp'),
    })
  })
})

describe('tcp', () => {
  it('takes lines however the stream is cut, the last one without a newline too', async () => {
    const { lines, world, own } = newWorld()
    const port = await freePort()
    await using _ = await running(createTcpListener({ host: '127.0.0.1', port }, world))
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.resume()
    for (const piece of ['a:1', '|c\nb', ':2|c\n', 'c:3|c']) {
      await new Promise((resolve) => socket.write(piece, resolve))
    }
    socket.end()
    await once(socket, 'close')
    await vi.waitFor(() => expect(lines).toEqual(['a:1|c', 'b:2|c', 'c:3|c']))
    expect(await own('statsd_connections_total')).toBe(1)
    expect(await own('statsd_connections')).toBe(0)
  })

  it('when stopped takes what was sent first, and ends a connection that stays open', async () => {
    const { lines, world } = newWorld()
    const port = await freePort()
    const listener = createTcpListener({ host: '127.0.0.1', port }, world)
    await listener.start?.(noDeadline)
    const socket = connect(port, '127.0.0.1')
    socket.resume()
    await once(socket, 'connect')
    await new Promise((resolve) => socket.write('a:1|c\n'.repeat(1000), resolve))
    await listener.stop?.(noDeadline)
    expect(lines).toHaveLength(1000)
    await once(socket, 'close')
  })
})
