/** The way to the cluster of the current KUBECONFIG: who it is, and requests to its API server. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node'
import { type Dispatcher, request } from 'undici'
import { ApiRefusal, KubeTrouble, refusalOf, troubleOf } from './trouble.ts'

export interface Kube {
  readonly config: KubeConfig
  /** URL of the API server. */
  readonly server: string
  /** Of the API server, such as `v1.33.13`. */
  readonly version: string
  /** What has to be added to this machine's date to have the cluster's, in ms; 0 when they agree within 2 s. */
  readonly skewMs: number
  /** @throws ApiRefusal for an answer other than 2xx */
  ask(path: string, options?: AskOptions): Promise<string>
  /** @throws ApiRefusal for an answer other than 2xx */
  askJson<Answer>(path: string, options?: AskOptions): Promise<Answer>
  /** The body as it comes; ends with `signal`. @throws ApiRefusal for an answer other than 2xx */
  stream(path: string, options: AskOptions & { readonly signal: AbortSignal }): Promise<Readable>
}

export interface AskOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** @default application/json */
  readonly contentType?: string
  readonly signal?: AbortSignal
}

/** Longest time for one request that is no stream. */
const answerWithinMs = 30_000
/** Of the first request: nobody waits long to hear that the address is wrong. */
const firstAnswerWithinMs = 6000
/** Dates of HTTP are whole seconds, and an answer takes its time: less than this says nothing. */
const skewMinMs = 2000
/** Native sidecars are on by default from here. */
const minorMin = 29

/**
 * Connects to the current context of KUBECONFIG, or of `~/.kube/config`.
 * @param world.firstAnswerWithinMs default 6000
 * @throws KubeTrouble when there is none, it does not answer, is no API server, or Kubernetes is older than 1.29
 */
export async function connect(
  env: NodeJS.ProcessEnv = process.env,
  world: { readonly firstAnswerWithinMs?: number } = {},
): Promise<Kube> {
  const config = readConfig(env)
  const server = serverOf(config)
  const requests = requestsTo(config, server)
  const sinceMs = Date.now()
  const signal = AbortSignal.timeout(world.firstAnswerWithinMs ?? firstAnswerWithinMs)
  const { headers, text } = await requests.first('/version', { signal }).catch((error: unknown) => {
    throw troubleOf(error, server) ?? (error instanceof ApiRefusal ? noApiServer(server, error) : error)
  })
  const version = versionOf(text, server)
  requireVersion(version)
  return { ...requests, config, server, version, skewMs: skewOf(headers.date, sinceMs, Date.now()) }
}

function readConfig(env: NodeJS.ProcessEnv): KubeConfig {
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '')
  const files = named.length > 0 ? named : [join(homedir(), '.kube', 'config')]
  if (env.KUBERNETES_SERVICE_HOST === undefined && !files.some((file) => existsSync(file)))
    throw new KubeTrouble(
      named.length > 0 ? `KUBECONFIG names no file: ${named.join(', ')}` : 'no cluster: KUBECONFIG is not set',
      'kind create cluster        # or any other cluster; then run this again',
    )
  const config = new KubeConfig()
  try {
    config.loadFromDefault()
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new KubeTrouble(`KUBECONFIG cannot be read: ${reason}`, 'kubectl config view shows what stands in it', {
      cause,
    })
  }
  return config
}

/** URL of the current context's API server. @throws KubeTrouble when nothing can be sent to it */
function serverOf(config: KubeConfig): string {
  const context = config.getContextObject(config.getCurrentContext())
  if (context === null)
    throw new KubeTrouble('KUBECONFIG has no current context', 'choose one: kubectl config use-context NAME')
  const cluster = config.getCluster(context.cluster)
  if (cluster === null)
    throw new KubeTrouble(
      `KUBECONFIG: the context "${context.name}" names the cluster "${context.cluster}", which is not there`,
      'choose another: kubectl config get-contexts',
    )
  const { server, skipTLSVerify } = cluster
  const { protocol } = URL.parse(server) ?? {}
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new KubeTrouble(
      `KUBECONFIG: expected https://HOST:PORT as the server of "${cluster.name}", found "${server}"`,
      `mend it: kubectl config set-cluster ${cluster.name} --server=https://HOST:PORT`,
    )
  // The client would refuse it as well, when the first request is under way.
  if (protocol === 'http:' && skipTLSVerify !== true)
    throw new KubeTrouble(
      `${server} is plain HTTP, over which nothing is sent unless KUBECONFIG says that it may`,
      `use https://, or: kubectl config set-cluster ${cluster.name} --insecure-skip-tls-verify=true`,
    )
  return server
}

function versionOf(text: string, server: string): string {
  try {
    const { gitVersion } = JSON.parse(text) as { gitVersion?: unknown }
    if (typeof gitVersion === 'string') return gitVersion
  } catch (cause) {
    throw noApiServer(server, cause)
  }
  throw noApiServer(server, new Error(`/version has no gitVersion: ${text.slice(0, 200)}`))
}

/** A login page of a proxy, or another program on that port. */
function noApiServer(server: string, cause: unknown): KubeTrouble {
  const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
  return new KubeTrouble(
    `${server} does not answer as an API server of Kubernetes does: ${reason}`,
    'is KUBECONFIG the right one? kubectl version',
    { cause },
  )
}

/** @throws KubeTrouble below 1.29 */
export function requireVersion(gitVersion: string): void {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? []
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= minorMin)) return
  throw new KubeTrouble(
    `Kubernetes ${gitVersion} has no native sidecars: they are off or missing before 1.${minorMin}`,
    `use 1.${minorMin} or newer, best 1.33 or newer`,
  )
}

/** @param date header of an answer that came between two moments of this machine */
export function skewOf(date: unknown, sentMs: number, receivedMs: number): number {
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  const skewMs = theirs - (sentMs + receivedMs) / 2
  return Math.abs(skewMs) >= skewMinMs ? Math.round(skewMs) : 0
}

type Answer = Dispatcher.ResponseData

function requestsTo(config: KubeConfig, server: string) {
  async function send(path: string, options: AskOptions): Promise<Answer> {
    const { method = 'GET', query = {}, body, contentType = 'application/json', signal } = options
    const url = new URL(server + path)
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value))
    const context = new RequestContext(url.href, HttpMethod[method])
    await authenticate(config, context)
    const answer = await request(url, {
      method,
      headers: { accept: 'application/json, */*', 'content-type': contentType, ...context.getHeaders() },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...dispatcherOf(context),
      ...(signal !== undefined && { signal }),
    })
    if (answer.statusCode < 300) return answer
    throw refusalOf(answer.statusCode, await answer.body.text())
  }

  async function first(path: string, options: AskOptions = {}) {
    const limit = AbortSignal.timeout(answerWithinMs)
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal])
    const answered = async () => {
      const answer = await send(path, { ...options, signal })
      return { headers: answer.headers, text: await answer.body.text() }
    }
    return Promise.race([answered(), overdue(signal)])
  }

  return {
    first,
    ask: async (path: string, options?: AskOptions) => (await first(path, options)).text,
    askJson: async <Value>(path: string, options?: AskOptions) =>
      JSON.parse((await first(path, options)).text) as Value,
    stream: async (path: string, options: AskOptions & { readonly signal: AbortSignal }): Promise<Readable> =>
      (await send(path, options)).body,
  }
}

/** undici looks at the signal of a request only when it has a connection, which it waits 10 s for. */
function overdue(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** @throws KubeTrouble for a certificate that is not there, or a program for the login that does not run */
async function authenticate(config: KubeConfig, context: RequestContext): Promise<void> {
  try {
    await config.applySecurityAuthentication(context)
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new KubeTrouble(`KUBECONFIG cannot be used: ${reason}`, 'kubectl config view shows what it names', { cause })
  }
}

/** The client's own connection to this server: it knows the certificates. None is needed for plain HTTP. */
function dispatcherOf(context: RequestContext): { dispatcher?: Dispatcher } {
  const dispatcher = context.getDispatcher()
  return dispatcher === undefined ? {} : { dispatcher }
}
