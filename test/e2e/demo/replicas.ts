/** Three inventory replicas as plain processes: one good, one slow, one that refuses connections half of the time. */
import { setTimeout as delay } from 'node:timers/promises'
import { type GoProgram, startGoProgram } from './go-program.ts'

export interface Replica {
  readonly name: string
  /** `host:port` that the app's calls reach. */
  readonly address: string
  /** `host:port` at which the demo gives its orders. */
  readonly control: string
}

export interface Replicas extends AsyncDisposable {
  readonly all: readonly Replica[]
  /** Requests that each replica really received since its start, by its name. */
  received(): Promise<Record<string, number>>
}

/** How long the unsteady replica stays closed, and then open. */
const unsteadyMs = 150

/**
 * @param program path of the built `inventory`
 * @param host address to serve on
 */
export async function startReplicas(program: string, host: string): Promise<Replicas> {
  await using stack = new AsyncDisposableStack()
  const start = async (name: string, behaviour: object): Promise<Replica> => {
    const args = ['-address', `${host}:0`, '-control', '127.0.0.1:0', '-replica', name]
    const child = stack.use(await startGoProgram(program, [...args, '-behaviour', JSON.stringify(behaviour)]))
    return replicaOf(name, child)
  }
  const good = await start('good', {})
  const slow = await start('slow', { latency: { kind: 'fixed', value: '150ms' } })
  const unsteady = await start('unsteady', { closeIdleAfter: '0s' })

  const over = new AbortController()
  const swaying = sway(unsteady, over.signal)
  stack.defer(async () => {
    over.abort()
    await swaying
  })
  const all = [good, slow, unsteady]
  const owned = stack.move()
  return {
    all,
    received: async () => Object.fromEntries(await Promise.all(all.map(receivedBy))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function replicaOf(name: string, { started: { address = '', control = '' } }: GoProgram): Replica {
  return { name, address, control }
}

/** Closes and opens the replica's port in turn, as one that crashes and comes back does. */
async function sway(replica: Replica, over: AbortSignal): Promise<void> {
  for (let refuse = true; !over.aborted; refuse = !refuse) {
    await behave(replica, { refuse, closeIdleAfter: '0s' })
    await delay(unsteadyMs, undefined, { signal: over }).catch(() => {})
  }
}

async function behave(replica: Replica, behaviour: object): Promise<void> {
  const answer = await fetch(`http://${replica.control}/-/behaviour`, {
    method: 'PUT',
    body: JSON.stringify(behaviour),
  })
  if (!answer.ok) throw new Error(`replica ${replica.name}: ${await answer.text()}`)
}

async function receivedBy(replica: Replica): Promise<[string, number]> {
  const stats = (await fetch(`http://${replica.control}/-/stats`).then((answer) => answer.json())) as {
    requests: number
  }
  return [replica.name, stats.requests]
}
