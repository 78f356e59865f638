/**
 * The port that the kubelet, Prometheus and `podmate` talk to. It is a part like any other, the first to come
 * up and the last to go, so `/livez` answers while the sidecar still starts and while it stops.
 *
 * It listens on the Pod's address, where anything may knock: heads and bodies are small, a slow request is cut,
 * and when all places are taken the connection that has been silent for longest makes room, so that nobody can
 * keep the kubelet out by holding connections open.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { formatAddress, type TcpAddress } from '../config/values/address.ts'
import { listenFailure } from '../errors/listen-failure.ts'
import type { Part } from '../lifecycle/part.ts'
import type { Logger } from '../log/logger.ts'
import { type AdminPath, type AdminSources, adminPaths } from './admin-paths.ts'
import type { AdminSettings } from './admin-settings.ts'
import { refusalFor } from './admission.ts'
import { type Answer, problemAnswer, type Refusal } from './answer.ts'

/** What one client may take. */
export interface AdminLimits {
  readonly headBytesMax: number
  readonly bodyBytesMax: number
  /** For the whole request, from its first byte (or the accept) to its last. */
  readonly requestTimeoutMs: number
  /** For a client that does not read its answer. */
  readonly answerTimeoutMs: number
  readonly connectionsMax: number
}

/** Enough for the kubelet, two scrapers and a person; tests have their own. */
export const adminLimits: AdminLimits = {
  headBytesMax: 8192,
  bodyBytesMax: 4096,
  requestTimeoutMs: 5000,
  answerTimeoutMs: 10_000,
  connectionsMax: 64,
}

/** The part, and where it is to be found. */
export interface AdminServer extends Part {
  /** Where it listens, once it has started; the port is the real one even if the settings say 0. */
  address(): TcpAddress | undefined
}

/** The world of the admin server. */
export interface AdminWorld {
  readonly log: Logger
}

/** Makes the part; nothing listens before its `start`, which throws PM1101 or PM1102 when the address cannot be had. */
export function createAdminServer(
  settings: AdminSettings,
  sources: AdminSources,
  { log }: AdminWorld,
  limits: AdminLimits = adminLimits,
): AdminServer {
  const paths = adminPaths(sources)
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let bound: TcpAddress | undefined

  return { name: 'admin', start, stop, address: () => bound }

  async function start(): Promise<void> {
    server = createHttpServer(limits)
    server.on('connection', admitConnection)
    server.on('request', (request, response) => {
      void answerTo(request, response)
    })
    bound = await listen(server, settings.address)
    log.info({ part: 'admin', address: formatAddress(bound) }, 'listening')
  }

  async function stop(deadline: AbortSignal): Promise<{ cut: number }> {
    if (server === undefined || bound === undefined) return { cut: 0 }
    const closed = new Promise<void>((resolve) => server?.close(() => resolve())) // closes idle connections by itself
    let cut = 0
    const cutAll = (): void => {
      const open = [...sockets].filter((socket) => !socket.destroyed)
      cut = open.length
      for (const socket of open) socket.destroy()
    }
    if (deadline.aborted) cutAll()
    else deadline.addEventListener('abort', cutAll, { once: true })
    await closed
    deadline.removeEventListener('abort', cutAll)
    sources.levels.stop()
    return { cut }
  }

  function admitConnection(socket: Socket): void {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    if (sockets.size <= limits.connectionsMax) return
    const [longestSilent] = sockets
    longestSilent?.destroy()
  }

  async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    markHeard(request.socket)
    const answer = await answerFor(request).catch(() => undefined)
    if (answer === undefined) return void response.destroy() // the client left in the middle of its body
    response.writeHead(answer.status, {
      'content-type': answer.contentType,
      'content-length': Buffer.byteLength(answer.body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...answer.headers,
    })
    response.end(answer.body) // for HEAD, node:http sends the head alone
  }

  /** The set keeps the order of insertion: whoever asked last stands last in the row to be closed. */
  function markHeard(socket: Socket): void {
    sockets.delete(socket)
    if (!socket.destroyed) sockets.add(socket)
  }

  async function answerFor(request: IncomingMessage): Promise<Answer> {
    const found = find(request)
    if ('code' in found) return refuse(found)
    const refusal = refusalFor(found.concern, askerOf(request), settings)
    if (refusal !== undefined) return refuse(refusal)
    const body = found.method === 'POST' ? await readBody(request, limits.bodyBytesMax) : ''
    if (body === undefined) return refuse(tooLarge(limits.bodyBytesMax))
    try {
      return await found.answer(body)
    } catch (error) {
      log.error({ part: 'admin', code: 'PM1112', err: error }, 'cannot answer')
      return problemAnswer({ status: 500, code: 'PM1112', detail: 'the log line "cannot answer" has the cause' })
    }
  }

  function find(request: IncomingMessage): AdminPath | Refusal {
    const [path = ''] = (request.url ?? '').split('?')
    const found = paths.get(path)
    if (found === undefined) {
      return { status: 404, code: 'PM1103', detail: `the paths are ${[...paths.keys()].join(', ')}` }
    }
    if (request.method === found.method || (request.method === 'HEAD' && found.method === 'GET')) return found
    const allow = found.method === 'GET' ? 'GET, HEAD' : 'POST'
    return { status: 405, code: 'PM1104', detail: `${path} takes ${allow}`, headers: { allow } }
  }

  function refuse(refusal: Refusal): Answer {
    log.debug({ part: 'admin', code: refusal.code, status: refusal.status, reason: refusal.detail }, 'refused')
    return problemAnswer(refusal)
  }
}

function createHttpServer(limits: AdminLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.headBytesMax,
    headersTimeout: limits.requestTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.requestTimeoutMs),
    noDelay: true,
  })
  server.setTimeout(limits.answerTimeoutMs)
  return server
}

function listen(server: Server, address: TcpAddress): Promise<TcpAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenFailure({ address: formatAddress(address), key: 'admin.address' }, error))
    })
    server.listen({ host: address.host, port: address.port }, () => {
      const { address: host, port } = server.address() as AddressInfo
      resolve({ host, port })
    })
  })
}

function askerOf({ socket, headers }: IncomingMessage) {
  const { host, origin } = headers
  const { 'sec-fetch-site': secFetchSite, podmates: mark } = headers as Record<string, string | undefined>
  return { peer: socket.remoteAddress, host, origin, secFetchSite, mark }
}

/** @returns undefined when it is longer than allowed. Rejects when the client leaves. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(bytesMax: number): Refusal {
  const detail = `the body is larger than ${bytesMax} bytes`
  return { status: 413, code: 'PM1111', detail, headers: { connection: 'close' } }
}
