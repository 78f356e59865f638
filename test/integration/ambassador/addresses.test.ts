/** Where the ambassador's image can listen and connect to, besides an IPv4 address. */
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestOptions, request, type Server } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { expect, it } from 'vitest'
import { startStage } from './stage.ts'

/** Answers with the Host that it was asked for. */
async function upstreamAt(
  listen: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<Server> {
  const server = createServer((asked, answer) => void answer.end(`asked for ${asked.headers.host}`))
  await once(server.listen(listen), 'listening')
  return server
}

function textOf(options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (answer) => {
      let text = ''
      answer.on('data', (data) => {
        text += String(data)
      })
      answer.on('end', () => resolve(text))
    })
    sent.on('error', reject)
    sent.end()
  })
}

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

it.skipIf(!hasIpv6)('listens on IPv6 and speaks to an endpoint on IPv6 (needs ::1)', async () => {
  const port = await freePort()
  const upstream = await upstreamAt({ host: '::1', port })
  try {
    await using stage = await startStage({
      inventories: [],
      where: 'host',
      config: (_addresses, at) => `
listeners: { six: { address: "[::1]:${at}", upstream: six } }
upstreams: { six: { endpoints: ["[::1]:${port}"] } }
`,
    })
    const answer = textOf({ host: '::1', port: stage.ambassador.port, headers: { host: '[::1]:80' } })
    expect(await answer).toBe('asked for [::1]:80')
  } finally {
    upstream.close()
  }
})

it('listens on a unix socket and speaks to an endpoint on one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podmates-'))
  // The image's user is not the one who runs the test.
  await chmod(folder, 0o777)
  const upstream = await upstreamAt({ path: join(folder, 'upstream') })
  await chmod(join(folder, 'upstream'), 0o777)
  try {
    await using _stage = await startStage({
      inventories: [],
      where: 'host',
      mounts: { [folder]: '/run/podmates' },
      config: () => `
listeners: { local: { address: "unix:/run/podmates/listener", upstream: local } }
upstreams: { local: { endpoints: ["unix:/run/podmates/upstream"] } }
`,
    })
    const answer = textOf({ socketPath: join(folder, 'listener'), headers: { host: 'local' } })
    expect(await answer).toBe('asked for local')
  } finally {
    upstream.close()
    await rm(folder, { recursive: true, force: true })
  }
})
