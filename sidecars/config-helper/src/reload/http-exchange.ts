/**
 * One request to the app and its answer, limited in time and size, over a connection of its own. With `node:http`:
 * the admin server has loaded it already, so it costs 0.7 MB of private memory where undici costs 13 MB.
 */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Clock } from '@podmates/shared/world/clock.ts'

/** A request without a body. */
export interface Exchange {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds until the end of the answer. */
  readonly timeoutMs: number
}

/** An answer that has come to its end. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** The status of an app is short; an answer of this many bytes is something else. */
export const bodyBytesMax = 1024 * 1024

/** Codes of the errors that say that nobody was there, rather than that somebody failed. */
const nobodyThere = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])

/**
 * @param signal ends the request; rejects with its reason
 * @throws what the system says, or that the time or the size was exceeded. Redirects are answers like any other.
 */
export async function exchange(request: Exchange, signal: AbortSignal, clock: Clock): Promise<HttpAnswer> {
  const { request: send } = await (request.url.startsWith('https:') ? import('node:https') : import('node:http'))
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  if (signal.aborted) throw signal.reason
  const { method, headers } = request
  const sent = send(request.url, { method, headers: { 'content-length': '0', ...headers }, agent: false })
  const onAbort = (): void => {
    sent.destroy(signal.reason)
  }
  const cancel = clock.after(request.timeoutMs, () => {
    sent.destroy(new Error(`no answer within ${request.timeoutMs} ms`))
  })
  signal.addEventListener('abort', onAbort, { once: true })
  sent.on('response', (answer) => readAnswer(sent, answer).then(resolve, reject))
  sent.on('error', reject)
  sent.end()
  try {
    return await promise
  } finally {
    cancel()
    signal.removeEventListener('abort', onAbort)
  }
}

/** Whether an error of `exchange` means that nothing listens there, as before the app is up. */
export function isNobodyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && nobodyThere.has(String(error.code))
}

/** A URL as it may be shown: no user, no password, no query. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

async function readAnswer(sent: ClientRequest, answer: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) {
      sent.destroy()
      throw new Error(`the answer is larger than ${bodyBytesMax} bytes`)
    }
    chunks.push(chunk)
  }
  return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }
}
