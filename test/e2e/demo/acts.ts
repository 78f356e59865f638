/** What the demo does to the running Pod, act by act; each answers with what it measured. */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { PodHandle } from '../../pod/pod-handle.ts'
import type { Timeline } from '../../pod/timeline/timeline.ts'

/** Milliseconds that an act may wait for what it expects. */
const patienceMs = 15_000

/** Waits until the whole Pod is ready. @throws with the last words of every container when it is not in time */
export async function ready(pod: PodHandle): Promise<void> {
  try {
    await pod.waitFor((status) => status.ready, { timeoutMs: 60_000 })
  } catch (cause) {
    const words = Object.keys(pod.status().containers).map((name) => `${name}:\n${lastLines(pod.logs(name))}`)
    throw new Error(`the Pod did not become ready; the last lines of its containers:\n${words.join('\n')}`, { cause })
  }
}

function lastLines(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-5)
    .map((line) => `  ${line}`)
    .join('\n')
}

/** `host:port` at which this machine reaches a port of the Pod. */
export async function addressOf(pod: PodHandle, port: number): Promise<string> {
  const { host, port: reachable } = await pod.address(port)
  return `${host}:${reachable}`
}

/** Changes the app's ConfigMap and waits until the app itself reports the hash of the new file. @returns milliseconds */
export async function changeConfig(pod: PodHandle, settings: string): Promise<number> {
  const wanted = createHash('sha256').update(settings).digest('hex')
  const app = await addressOf(pod, 8080)
  const sinceMs = performance.now()
  await pod.updateConfigMap('checkout-app', { 'app.yaml': settings })
  await until('the app to acknowledge the new config', async () => (await reportedHash(app)) === wanted)
  return performance.now() - sinceMs
}

async function reportedHash(app: string): Promise<string> {
  const state = (await fetch(`http://${app}/-/config`).then((answer) => answer.json())) as { hash: string }
  return state.hash
}

/** The samples of a metrics page whose name begins with `prefix`. */
export async function samples(address: string, prefix: string): Promise<string[]> {
  const page = await fetch(`http://${address}/metrics`).then((answer) => answer.text())
  return page.split('\n').filter((line) => line.startsWith(prefix))
}

/** The app's log lines as the adapter wrote them: records of the OpenTelemetry log data model. */
export function normalisedLogs(pod: PodHandle): string[] {
  return pod
    .logs('adapter')
    .split('\n')
    .filter((line) => line.includes('"severity_text"'))
}

/** The names of the containers in the order in which they did `what`; one that was restarted stands there twice. */
export function orderOf(timeline: Timeline, what: 'started' | 'exited'): string {
  const entries = timeline.entries.filter((entry) => entry.what === what)
  return entries.map((entry) => ('container' in entry ? entry.container : '')).join(', ')
}

/** Asks each 20 ms until the answer is yes. @throws after 15 s, naming what was waited for */
export async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + patienceMs
  while (!(await ask())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${patienceMs} ms for ${what}`)
    await delay(20)
  }
}
