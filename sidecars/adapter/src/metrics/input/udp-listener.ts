/**
 * StatsD over UDP. Datagrams are worked on as they come: the kernel's buffer is the only queue, it is as large
 * as the node allows, and what it had to drop is read from the kernel and published.
 */

import { createSocket, type Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { formatAddress, type TcpAddress } from '@podmates/shared/config/values/address.ts'
import { listenFailure } from '@podmates/shared/errors/listen-failure.ts'
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { kernelDrops } from './kernel-drops.ts'
import type { StatsdIntake } from './statsd-intake.ts'

export interface ListenerWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly intake: StatsdIntake
}

/** Asked of the kernel, which gives at most net.core.rmem_max; a burst of 10,000 small datagrams fits in 4 MiB. */
const receiveBufferBytes = 4 * 1024 * 1024

/** When nothing came for so long after SIGTERM, the buffer is empty: the app has ended before us. */
const quietMs = 20

export interface UdpListener extends Part {
  /** Datagrams that the kernel dropped because its buffer was full, read from it now; 0 where it does not tell. */
  kernelDrops(): number
}

export function createUdpListener(address: TcpAddress, { clock, log, metrics, intake }: ListenerWorld): UdpListener {
  const family = isIPv6(address.host) ? 'udp6' : 'udp4'
  const kernelTable = family === 'udp6' ? '/proc/net/udp6' : '/proc/net/udp'
  let socket: Socket | undefined
  let datagrams = 0
  let bytes = 0
  const published = { datagrams: 0, bytes: 0, drops: 0 }

  metrics.counter('statsd_datagrams_total', 'UDP datagrams received.', {
    collect: (counter) => {
      counter.inc(datagrams - published.datagrams)
      published.datagrams = datagrams
    },
  })
  metrics.counter('statsd_datagram_bytes_total', 'Bytes of UDP datagrams received.', {
    collect: (counter) => {
      counter.inc(bytes - published.bytes)
      published.bytes = bytes
    },
  })
  metrics.counter('statsd_kernel_drops_total', 'UDP datagrams that the kernel dropped because its buffer was full.', {
    collect: (counter) => {
      const drops = readDrops()
      counter.inc(Math.max(0, drops - published.drops))
      published.drops = Math.max(published.drops, drops)
    },
  })

  return {
    name: `statsd udp ${formatAddress(address)}`,
    async start() {
      socket = await bind(address, family)
      socket.on('message', (message) => {
        datagrams += 1
        bytes += message.length
        intake.packet(message, clock.now())
      })
      socket.on('error', (error) => log.error({ err: error }, 'the UDP socket failed'))
      const granted = socket.getRecvBufferSize()
      log.info({ part: 'statsd', protocol: 'udp', address: formatAddress(address), buffer_bytes: granted }, 'listening')
    },
    async stop(deadline) {
      await untilQuiet(deadline)
      const drops = readDrops()
      if (socket !== undefined) await close(socket)
      return { datagrams, kernel_drops: drops }
    },
    kernelDrops: readDrops,
  }

  async function untilQuiet(deadline: AbortSignal): Promise<void> {
    let before = -1
    while (socket !== undefined && before !== datagrams && !deadline.aborted) {
      before = datagrams
      await clock.sleep(quietMs, deadline).catch(() => {})
    }
  }

  function readDrops(): number {
    if (socket === undefined) return 0
    try {
      return kernelDrops(readFileSync(kernelTable, 'latin1'), address.port)
    } catch {
      // Not Linux, or /proc is hidden: there is no figure to publish.
      return 0
    }
  }
}

function bind({ host, port }: TcpAddress, family: 'udp4' | 'udp6'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: family, recvBufferSize: receiveBufferBytes })
    const onError = (error: Error): void => {
      socket.close()
      reject(listenFailure({ address: formatAddress({ host, port }), key: 'metrics.statsd.udp' }, error))
    }
    socket.once('error', onError)
    socket.bind(port, host, () => {
      socket.off('error', onError)
      resolve(socket)
    })
  })
}

function close(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()))
}
