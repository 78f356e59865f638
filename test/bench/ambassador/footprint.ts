/** What a proxy costs beside its requests: the time until it works, and its memory, idle and with idle connections. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Memory, median, memoryOf } from '../process-figures.ts'
import type { FootprintFigures } from './figures.ts'
import { holdConnections } from './load.ts'
import type { Peer } from './peers/peer.ts'
import { type ProxySetting, startProxy } from './running-proxy.ts'

/** When the garbage of the start, or of a thousand connections, has been collected or not. */
const settleMs = 2000

/** @param runs processes started one after another; the medians are told */
export async function measureFootprint(
  peer: Peer,
  setting: ProxySetting,
  connections: number,
  runs: number,
): Promise<Omit<FootprintFigures, 'afterLoad'>> {
  const starts: number[] = []
  const idle: Memory[] = []
  const held: Memory[] = []
  for (let run = 0; run < runs; run += 1) {
    const proxy = await startProxy(peer, setting)
    await delay(settleMs)
    starts.push(proxy.startMs)
    idle.push(memoryOf(proxy.pid))
    {
      await using _connections = await holdConnections(proxy.port, connections)
      await delay(settleMs)
      held.push(memoryOf(proxy.pid))
    }
    await proxy.stop()
  }
  return {
    proxy: peer.name,
    startMs: median(starts),
    idle: middleOf(idle),
    connections,
    withConnections: middleOf(held),
  }
}

const middleOf = (samples: readonly Memory[]): Memory => ({
  privateBytes: median(samples.map(({ privateBytes }) => privateBytes)),
  residentBytes: median(samples.map(({ residentBytes }) => residentBytes)),
})
