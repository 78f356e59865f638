/** Requests as an app makes them, to an upstream by its name: the listener routes by Host, which fetch does not let one set. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import type { Stage } from './stage.ts'

export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** From the request to the end of the answer. */
  readonly elapsedMs: number
}

export const stock = '/v1/stock/lamp'
export const reservation = '/v1/reservations?sku=lamp&quantity=1'

/** @throws when the answer is not whole */
export function ask(
  stage: Stage,
  upstream: string,
  { method = 'GET', path = stock, headers, body }: Asked = {},
): Promise<Answer> {
  const sinceMs = performance.now()
  const { port } = stage.ambassador
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: new Agent(),
      headers: { ...headers, host: upstream },
    }
    const sent = request(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece) => {
        text += piece
      })
      answer.on('error', reject)
      answer.on('end', () => {
        const { statusCode: status = 0, headers } = answer
        resolve({ status, headers, text, elapsedMs: performance.now() - sinceMs })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** @returns the answers, in the order of the requests, which are made one after the other */
export async function askTimes(times: number, ...[stage, upstream, asked]: Parameters<typeof ask>): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let index = 0; index < times; index += 1) answers.push(await ask(stage, upstream, asked))
  return answers
}

/** How often each status came: `{ 200: 9, 503: 1 }`. */
export function statusesOf(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** From now on: what each inventory receives, in their order. */
export async function fromNow({ inventories }: Stage): Promise<() => Promise<number[]>> {
  const received = (): Promise<number[]> => Promise.all(inventories.map((inventory) => inventory.received()))
  const before = await received()
  return async () => (await received()).map((count, index) => count - (before[index] ?? 0))
}

/**
 * A listener that routes by Host, and an upstream for each name, all to the same endpoints: each test has
 * breaker, budget and metrics of its own.
 * @param upstreams for each name what stands in its route and in its upstream, in YAML's short form without braces
 */
export function byName(
  address: string,
  endpoints: readonly string[],
  upstreams: Readonly<Record<string, { readonly route?: string; readonly upstream?: string }>>,
): string {
  const names = Object.entries(upstreams)
  const routes = names.map(
    ([name, { route = '' }]) => `      - { match: { host: ${name} }, upstream: ${name}${route && `, ${route}`} }`,
  )
  const blocks = names.map(
    ([name, { upstream = '' }]) =>
      `  ${name}: { endpoints: ${JSON.stringify(endpoints)}${upstream && `, ${upstream}`} }`,
  )
  return `
listeners:
  egress:
    address: "${address}"
    routes:
${routes.join('\n')}
upstreams:
${blocks.join('\n')}
`
}
