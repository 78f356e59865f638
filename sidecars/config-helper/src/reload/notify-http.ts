/** Tells the app over HTTP that there is a new generation: what Prometheus, Envoy and many others call `/-/reload`. */
import type { Clock } from '@podmates/shared/world/clock.ts'
import { fileHash, type Generation } from '../publish/generation.ts'
import type { Answer, Notice } from './delivery.ts'
import { exchange, type HttpAnswer, isNobodyThere, shownUrl } from './http-exchange.ts'

/** Tells the app of a generation. Never rejects, except when the signal aborts. */
export type Notify = (generation: Generation, signal: AbortSignal) => Promise<Notice>

/** How an app is told by a request. */
export interface HttpReload {
  readonly url: string
  readonly method: string
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number
  readonly repeats: Repeats
}

/** Whether a reason may repeat what the app answered: not when secrets are published, since it may quote them. */
export type Repeats = 'answers' | 'nothing'

/** The request carries the hash of the first file, so that the app can tell which version it was told of. */
export function httpNotifier({ url, method, timeoutMs, repeats }: HttpReload, clock: Clock): Notify {
  return async (generation, signal) => {
    const headers = { 'user-agent': 'podmates-config-helper', 'x-config-hash': fileHash(generation) ?? '' }
    try {
      const answer = await exchange({ url, method, headers, timeoutMs }, signal, clock)
      if (answer.status >= 200 && answer.status < 300) return { answer: 'yes' }
      const reason = `${method} ${shownUrl(url)} answered ${shownAnswer(answer, repeats)}`
      return { answer: isRefusal(answer.status) ? 'refused' : 'no', reason }
    } catch (error) {
      signal.throwIfAborted()
      return failure(`${method} ${shownUrl(url)}`, error)
    }
  }
}

/** Statuses of the 400s that speak of the moment, not of what was asked: too slow, too early, too many (RFC 9110, 8470, 6585). */
const passing = new Set([408, 425, 429])

/** Whether asking the same again would get the same answer. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && !passing.has(status)
}

/** What a request that came to no answer means. */
export function failure(request: string, error: unknown): Answer {
  const reason = `${request}: ${error instanceof Error ? error.message || error.name : String(error)}`
  return isNobodyThere(error) ? { answer: 'unreached', reason } : { answer: 'no', reason }
}

const answerCharsShown = 300

/** `422: {"error":"line 3: unknown key"}` */
export function shownAnswer({ status, body }: HttpAnswer, repeats: Repeats): string {
  const text = body.trim().replaceAll(/\s+/g, ' ').slice(0, answerCharsShown)
  return repeats === 'nothing' || text === '' ? `${status}` : `${status}: ${text}`
}
