/**
 * Where Prometheus reads the app's metrics: one path, GET only. The adapter's own metrics are on the admin
 * port, so that neither mixes with the other.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { formatAddress, type TcpAddress } from '@podmates/shared/config/values/address.ts'
import { listenFailure } from '@podmates/shared/errors/listen-failure.ts'
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import { textFormatType } from './text-format.ts'

export interface ExposeOptions {
  readonly address: TcpAddress
  /** Begins with a slash. */
  readonly path: string
}

export interface MetricsServerWorld {
  readonly log: Logger
  readonly metrics: Metrics
  /** Writes the page piece by piece, as fast as the scraper takes it. */
  readonly page: () => Iterable<string>
}

/** A scrape is a head without a body; whoever sends more, or slower, is no scraper. */
const headBytesMax = 8192
const requestTimeoutMs = 5000
const connectionsMax = 64

export function createMetricsServer(
  { address, path }: ExposeOptions,
  { log, metrics, page }: MetricsServerWorld,
): Part {
  const scrapesTotal = metrics.counter('scrapes_total', "Scrapes of the app's metrics.")
  const server = createServer({
    maxHeaderSize: headBytesMax,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
  })
  server.maxConnections = connectionsMax
  server.on('request', (request, response) => {
    request.resume()
    send(response, answerFor(request), request.method)
  })

  return {
    name: `expose ${formatAddress(address)}`,
    async start() {
      await listen(server, address)
      log.info({ part: 'expose', address: formatAddress(address), endpoint: path }, 'listening')
    },
    async stop(deadline) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      deadline.addEventListener('abort', () => server.closeAllConnections(), { once: true })
      await closed
      return {}
    },
  }

  function answerFor({ url = '', method = '' }: IncomingMessage): Answer {
    if (url.split('?')[0] !== path) return { status: 404, type: plainText, body: [`the metrics are at ${path}\n`] }
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: plainText, body: ['GET or HEAD\n'] }
    scrapesTotal.inc()
    return { status: 200, type: textFormatType, body: page() }
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Iterable<string>
}

const plainText = 'text/plain; charset=utf-8'

/** One piece at a time waits for the socket. A scraper that goes away ends its page, which concerns nobody else. */
function send(response: ServerResponse, { status, type, body }: Answer, method: string | undefined): void {
  response.writeHead(status, { 'content-type': type })
  pipeline(Readable.from(method === 'HEAD' ? [] : body, { highWaterMark: 1 }), response, () => {})
}

function listen(server: Server, { host, port }: TcpAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenFailure({ address: formatAddress({ host, port }), key: 'metrics.expose.address' }, error))
    })
    server.listen(port, host, () => resolve())
  })
}
