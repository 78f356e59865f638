/** Go inventories as endpoints of a proxy: each misbehaves on command and counts what it received. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { goApps } from '../../../tools/setup/go.ts'

export interface Endpoint extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string
  /** Sets how it misbehaves from now on; the form is in test/apps/README.md. */
  behave(behaviour: object): Promise<void>
  /** How many requests for this method and path have reached it, `GET /v1/stock/lamp`. */
  received(request: string): Promise<number>
  /** Ends it as a rollout does, by SIGTERM, and starts it anew on the same port. */
  restart(): Promise<void>
}

export const stock = '/v1/stock/lamp'

export async function startEndpoint(replica: string): Promise<Endpoint> {
  const [address, control] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
  const { inventory } = await goApps()
  const start = async (): Promise<ChildProcess> => {
    const args = ['-address', address, '-control', control, '-replica', replica]
    const child = spawn(inventory, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await Promise.race([once(child.stdout, 'data'), failedToStart(child)])
    child.stdout.resume()
    return child
  }
  let child = await start()
  let earlier: Record<string, number> = {}
  const received = async (): Promise<Record<string, number>> => {
    const answer = await fetch(`http://${control}/-/stats`)
    return ((await answer.json()) as { byRequest: Record<string, number> }).byRequest
  }
  const sum = (a: Record<string, number>, b: Record<string, number>): Record<string, number> =>
    Object.fromEntries([...Object.keys(a), ...Object.keys(b)].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]))
  return {
    address,
    behave: async (behaviour) => {
      const answer = await fetch(`http://${control}/-/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) })
      if (!answer.ok) throw new Error(await answer.text())
    },
    received: async (request) => sum(earlier, await received())[request] ?? 0,
    restart: async () => {
      earlier = sum(earlier, await received())
      await ended(child)
      child = await start()
    },
    [Symbol.asyncDispose]: () => ended(child),
  }
}

/** @param count named `e0`, `e1` and so on */
export async function startEndpoints(count: number, stack: AsyncDisposableStack): Promise<Endpoint[]> {
  const endpoints: Endpoint[] = []
  for (let index = 0; index < count; index += 1) endpoints.push(stack.use(await startEndpoint(`e${index}`)))
  return endpoints
}

async function failedToStart(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`the inventory ended with exit code ${code}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
