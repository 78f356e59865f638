/** Asks the app which version it uses, and compares with what is published: a 200 for a reload proves nothing yet. */

import type { Clock } from '@podmates/shared/world/clock.ts'
import type { JsonValue } from 'jsonpath-rfc9535'
import type { Generation } from '../publish/generation.ts'
import { parseJson } from '../render/parse-text.ts'
import type { Answer } from './delivery.ts'
import { type Expectation, expectedOf } from './expectation.ts'
import { exchange, shownUrl } from './http-exchange.ts'
import { failure, type Repeats, shownAnswer } from './notify-http.ts'

/** Asks the app whether it uses a generation. Never rejects, except when the signal aborts. */
export type Verify = (generation: Generation, signal: AbortSignal) => Promise<Answer>

/** How an app is asked by a request. */
export interface HttpVerification {
  readonly url: string
  /** JSONPath to the one value that is compared; without it, the whole answer is. */
  readonly json: string | undefined
  readonly equals: Expectation
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number
  readonly repeats: Repeats
}

/** Any status but 200 is a no, whatever the body says. */
export function httpVerifier({ url, json, equals, timeoutMs, repeats }: HttpVerification, clock: Clock): Verify {
  const request = `GET ${shownUrl(url)}`
  return async (generation, signal) => {
    const expected = expectedOf(equals, generation)
    if (expected === undefined) return { answer: 'no', reason: `${equals.text} names a file that is not published` }
    try {
      const headers = { 'user-agent': 'podmates-config-helper', accept: 'application/json, */*;q=0.1' }
      const answer = await exchange({ url, method: 'GET', headers, timeoutMs }, signal, clock)
      if (answer.status !== 200) return { answer: 'no', reason: `${request} answered ${shownAnswer(answer, repeats)}` }
      const found = json === undefined ? answer.body.trim() : await valueAt(json, answer.body)
      if (found === expected) return { answer: 'yes' }
      const shown = repeats === 'nothing' ? 'something else' : shownValue(found)
      return { answer: 'no', reason: `${request}: expected ${json ?? 'the body'} to be ${expected}, found ${shown}` }
    } catch (error) {
      signal.throwIfAborted()
      return failure(request, error)
    }
  }
}

const valueCharsShown = 100

function shownValue(found: string | undefined): string {
  return found === undefined ? 'nothing there' : `"${found.slice(0, valueCharsShown)}"`
}

/** @returns the value as text, undefined when there is none; throws when the body is no JSON */
async function valueAt(path: string, body: string): Promise<string | undefined> {
  const json = parseJson(body)
  if (!json.ok) throw new Error('the answer is no JSON')
  // 90 KB of parser, needed only where the config has a path.
  const { query } = await import('jsonpath-rfc9535')
  const [value] = query(json.value as JsonValue, path)
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
