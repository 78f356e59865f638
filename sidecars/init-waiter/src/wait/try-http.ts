/**
 * An HTTP target is ready when a GET answers with one of the wanted statuses. GET, not HEAD: many health
 * endpoints answer HEAD with 405. The body is not read, and redirects are an answer like any other.
 */
import { readFile } from 'node:fs/promises'
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http'
import type { Attempt, Network } from './attempt.ts'
import { connectFailure } from './connect-failure.ts'
import { formatStatusRanges, isInRanges, type StatusRange } from './status-ranges.ts'
import type { Target } from './target.ts'

type HttpTarget = Extract<Target, { kind: 'http' }>

export async function tryHttp(target: HttpTarget, signal: AbortSignal, { lookup }: Network): Promise<Attempt> {
  const trust = await readAuthorities(target.ca)
  if ('reason' in trust) return { outcome: 'hopeless', reason: trust.reason }
  const headers = { 'user-agent': 'podmates-init-waiter', accept: '*/*' }
  const request = await open(target.url, { agent: false, lookup, signal, headers, ...trust })
  return new Promise((resolve) => {
    request.once('response', (response) => {
      response.destroy()
      resolve(judge(response, target.status))
    })
    request.on('error', (error) => {
      resolve({ outcome: 'not ready', reason: connectFailure(signal.aborted ? signal.reason : error) })
    })
    request.end()
  })
}

/** Loads TLS only for a target that needs it: half of the waiter's start time. */
async function open(url: string, options: RequestOptions): Promise<ClientRequest> {
  if (!/^https:/i.test(url)) return requestPlain(url, options)
  const { request } = await import('node:https')
  return request(url, options)
}

/** Reads the file at each try: a certificate that is mounted late or renewed counts at once. */
async function readAuthorities(file: string | undefined): Promise<{ ca?: string } | { reason: string }> {
  if (file === undefined) return {}
  try {
    return { ca: await readFile(file, 'utf8') }
  } catch (error) {
    return { reason: `the authorities cannot be read: ${connectFailure(error)}` }
  }
}

function judge({ statusCode = 0 }: IncomingMessage, wanted: readonly StatusRange[]): Attempt {
  if (isInRanges(statusCode, wanted)) return { outcome: 'ready' }
  return { outcome: 'not ready', reason: `answered ${statusCode}, not ${formatStatusRanges(wanted)}` }
}
