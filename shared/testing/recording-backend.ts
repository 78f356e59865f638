/** An HTTP server that writes down what it is asked and answers as it is told: the other end of an upstream, a reload or a probe. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RecordedRequest {
  readonly method: string
  /** The request target as it was sent: path and query. */
  readonly target: string
  /** Names and values as they were sent, in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** The client's port, which tells connections apart. */
  readonly clientPort: number
}

export interface BackendAnswer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** `reset` closes the connection with an RST in place of an answer; `silence` never answers. */
export type BackendReaction = BackendAnswer | 'reset' | 'silence'

export interface RecordingBackend extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  /** In the order in which they were complete. */
  readonly requests: readonly RecordedRequest[]
}

/**
 * Starts a backend on a free port of 127.0.0.1.
 * @param react decides on each complete request; default: 200 without a body
 */
export async function startBackend(
  react: (request: RecordedRequest) => BackendReaction | Promise<BackendReaction> = () => ({}),
): Promise<RecordingBackend> {
  const requests: RecordedRequest[] = []
  const server = createServer(async (incoming, response) => {
    const request = await record(incoming).catch(() => undefined)
    if (request === undefined) return // the client left before its request was complete: nothing to record
    requests.push(request)
    answer(response, await react(request))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    requests,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const { method = '', url = '', rawHeaders, socket } = incoming
  const headers = Array.from(
    { length: rawHeaders.length / 2 },
    (_, index) => [rawHeaders[2 * index] ?? '', rawHeaders[2 * index + 1] ?? ''] as const,
  )
  const body = Buffer.concat(chunks).toString('utf8')
  return { method, target: url, headers, body, clientPort: socket.remotePort ?? 0 }
}

function answer(response: ServerResponse, reaction: BackendReaction): void {
  if (reaction === 'silence') return
  if (reaction === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  const { status = 200, headers = {}, body = '' } = reaction
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers })
  response.end(body)
}
