/** Asks a container whether it is well, and runs its hooks: http, tcp and exec, in the manner of the kubelet. */
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { connect } from 'node:net'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Check, Hook, HttpGet, TcpSocket } from '../manifest/pod-manifest.ts'
import type { RunningContainer } from './driver.ts'

export interface Answer {
  readonly ok: boolean
  /** What was answered, in a few words. */
  readonly message: string
}

export interface AskWorld {
  readonly clock: Clock
  readonly podIp: string
  readonly container: RunningContainer
  /** Aborts when the container has ended. */
  readonly gone: AbortSignal
}

/** The kubelet follows this many redirects, and only on the same host. */
const redirectsMax = 10

/** Never rejects: a check that cannot be made has failed. */
export async function ask(check: Check, timeoutMs: number, world: AskWorld): Promise<Answer> {
  const over = new AbortController()
  const cancel = world.clock.after(timeoutMs, () => over.abort(new Error(`no answer within ${timeoutMs} ms`)))
  const aborted = AbortSignal.any([over.signal, world.gone])
  try {
    return await put(check, aborted, world)
  } catch (error) {
    return failed(error, aborted)
  } finally {
    cancel()
  }
}

/** Never rejects. A hook has no time limit of its own: the core stops waiting for it, and its container ends. */
export async function runHook(hook: Hook, world: AskWorld): Promise<Answer> {
  try {
    if (hook.kind !== 'sleep') return await put(hook, world.gone, world)
    await world.clock.sleep(hook.ms, world.gone)
    return { ok: true, message: `slept ${hook.ms} ms` }
  } catch (error) {
    return failed(error, world.gone)
  }
}

/** An aborted request says only that it was aborted; the signal says why. */
function failed(error: unknown, aborted: AbortSignal): Answer {
  const cause: unknown = aborted.aborted ? aborted.reason : error
  return { ok: false, message: cause instanceof Error ? cause.message : String(cause) }
}

function put(check: Check, aborted: AbortSignal, { podIp, container }: AskWorld): Promise<Answer> {
  switch (check.kind) {
    case 'exec':
      return askByExec(check.command, aborted, container)
    case 'tcpSocket':
      return askByTcp(check, podIp, aborted)
    case 'httpGet':
      return askByHttp(urlOf(check, podIp), headersOf(check), aborted, redirectsMax)
  }
}

async function askByExec(
  command: readonly string[],
  aborted: AbortSignal,
  container: RunningContainer,
): Promise<Answer> {
  const { exitCode, stdout, stderr } = await container.exec(command, aborted)
  const output = (stderr.trim() || stdout.trim()).slice(0, 200)
  return { ok: exitCode === 0, message: `exit ${exitCode}${output && `: ${output}`}` }
}

function askByTcp({ host, port }: TcpSocket, podIp: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host ?? podIp, port })
    const onAbort = (): void => void socket.destroy(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', onAbort))
    socket.once('connect', () => {
      socket.destroy()
      resolve({ ok: true, message: 'connected' })
    })
    socket.once('error', reject)
  })
}

function urlOf({ scheme, host, port, path }: HttpGet, podIp: string): URL {
  return new URL(path.startsWith('/') ? path : `/${path}`, `${scheme}://${host ?? podIp}:${port}`)
}

type Headers = Readonly<Record<string, string>>

function headersOf({ headers }: HttpGet): Headers {
  const given = Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]))
  return { 'user-agent': 'kube-probe/1.36', accept: '*/*', ...given }
}

/** Certificates are not verified, every connection is new, and 200..399 is well (kubelet, probe/http). */
async function askByHttp(url: URL, headers: Headers, signal: AbortSignal, redirects: number): Promise<Answer> {
  const get = url.protocol === 'https:' ? httpsGet : httpGet
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = get(url, { headers, agent: false, rejectUnauthorized: false, signal })
    request.once('response', resolve)
    request.once('error', reject)
  })
  response.destroy()
  const { statusCode = 0 } = response
  const next = redirectOf(response, url)
  if (next !== undefined && redirects > 0) return askByHttp(next, headers, signal, redirects - 1)
  return { ok: statusCode >= 200 && statusCode < 400, message: `HTTP ${statusCode}` }
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | undefined {
  if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return undefined
  const to = new URL(headers.location, from)
  return to.hostname === from.hostname ? to : undefined
}
