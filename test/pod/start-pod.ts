/** Runs one Pod: the pure core decides, a driver does, and this file connects the two and keeps the timeline. */
import { randomUUID } from 'node:crypto'
import { availableParallelism, hostname, totalmem } from 'node:os'
import { type Clock, systemClock } from '@podmates/shared/world/clock.ts'
import type { PodEvent } from './core/events.ts'
import { type NodeRules, nodeRulesDefault } from './core/plan.ts'
import { newPod, step } from './core/pod-machine.ts'
import { isOver } from './core/state.ts'
import { createCrew } from './drive/crew.ts'
import type { PodFacts } from './drive/downward.ts'
import type { Driver, Launch, Sandbox } from './drive/driver.ts'
import type { Objects } from './drive/environment.ts'
import { prepareLaunch } from './drive/launch.ts'
import { LogBuffer } from './drive/log-buffer.ts'
import { openVolumes } from './drive/volumes.ts'
import type { ContainerSpec, PodManifest, VolumeData } from './manifest/pod-manifest.ts'
import type { PodHandle } from './pod-handle.ts'
import { type PodStatus, statusOf } from './pod-status.ts'
import { drawChart } from './timeline/chart.ts'
import type { Timeline, TimelineEntry } from './timeline/timeline.ts'

export interface StartPodOptions {
  readonly driver: Driver
  /** Default: those of a kubelet 1.36. */
  readonly rules?: Partial<NodeRules>
  readonly clock?: Clock
}

/** @throws when the driver cannot run Pods on this machine; whatever was made by then is taken away */
export async function startPod(manifest: PodManifest, options: StartPodOptions): Promise<PodHandle> {
  const { driver, rules = {}, clock = systemClock } = options
  const { pod } = manifest
  const volumes = await openVolumes(pod)
  const sandbox = await driver.openSandbox(pod, volumes.paths).catch(async (error: unknown) => {
    await volumes.remove()
    throw error
  })
  const facts = factsOf(sandbox)
  let objects: Objects = { configMap: manifest.configMaps, secret: manifest.secrets }
  await volumes.publish(objects, facts, sandbox.adaptText).catch(async (error: unknown) => {
    await sandbox.close()
    await volumes.remove()
    throw error
  })

  const listeners = new Set<(entry: TimelineEntry) => void>()
  const lineListeners = new Set<(container: string, line: string) => void>()
  const watchers = new Set<() => void>()
  const logs = new Map(pod.containers.map(({ name }) => [name, new LogBuffer()]))
  const entries: TimelineEntry[] = []
  const startedAt = new Date(clock.wall()).toISOString()
  const { promise: ended, resolve: resolveEnded, reject: rejectEnded } = Promise.withResolvers<Timeline>()

  const sources = { pod, volumes, facts, objects: () => objects, onLine }
  const launchOf = (container: ContainerSpec, run: number): Promise<Launch> => prepareLaunch(container, run, sources)
  const crew = createCrew({ pod, sandbox, launchOf, tell }, { clock })
  let state = newPod(pod, clock.now(), { ...nodeRulesDefault, ...rules })
  let cancelWake = (): void => {}
  let isTelling = false
  let isClosing = false
  const inbox: PodEvent[] = []

  tell({ type: 'tick' })
  return {
    name: pod.name,
    podIp: sandbox.podIp,
    deviations: [...manifest.notImitated, ...driver.deviations(pod)],
    status: () => statusOf(state),
    timeline,
    onEntry: (listener) => subscribe(listeners, listener),
    waitFor,
    address: (containerPort) => sandbox.address(containerPort),
    volumePath: (volume) => known(volumes.paths.get(volume), `the Pod has no volume "${volume}"`),
    exec,
    logs: (container) => known(logs.get(container), `the Pod has no container "${container}"`).text(),
    onLine: (listener) => subscribe(lineListeners, listener),
    updateConfigMap: (name, data) => update('configMap', name, data),
    updateSecret: (name, data) => update('secret', name, data),
    kill: (container, signal = 'SIGKILL') => crew.running(container)?.signal(signal),
    terminate,
    ended,
    [Symbol.asyncDispose]: dispose,
  }

  /** One event after another, also when a listener tells the next one in the middle of a step. */
  function tell(event: PodEvent): void {
    inbox.push(event)
    if (isTelling) return
    isTelling = true
    try {
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) take(next)
    } finally {
      isTelling = false
    }
  }

  function take(event: PodEvent): void {
    const taken = step(state, event, clock.now())
    state = taken.state
    for (const entry of taken.entries) note(entry)
    for (const action of taken.actions) crew.perform(action)
    for (const watcher of [...watchers]) watcher()
    cancelWake()
    cancelWake = taken.wakeAtMs === undefined ? () => {} : wakeAt(taken.wakeAtMs)
    if (isOver(state)) close().catch(rejectEnded)
  }

  /** A timer may fire a fraction of a millisecond early; that tick changes nothing and asks for another. */
  function wakeAt(timeMs: number): () => void {
    return clock.after(Math.max(0, timeMs - clock.now()), () => tell({ type: 'tick' }))
  }

  function note(entry: TimelineEntry): void {
    entries.push(entry)
    for (const listener of listeners) listener(entry)
  }

  function onLine(container: string, line: string): void {
    logs.get(container)?.add(line)
    for (const listener of lineListeners) listener(container, line)
  }

  async function close(): Promise<void> {
    if (isClosing) return
    isClosing = true
    await sandbox.close()
    await volumes.remove()
    resolveEnded(timeline())
  }

  function timeline(): Timeline {
    const containers = pod.containers.map(({ name, role }) => ({ name, role }))
    return { pod: pod.name, driver: driver.name, startedAt, containers, entries: [...entries] }
  }

  function waitFor(
    predicate: (status: PodStatus) => boolean,
    { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
  ): Promise<PodStatus> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const status = statusOf(state)
        if (predicate(status)) settle(() => resolve(status))
        else if (isOver(state)) settle(() => reject(new Error(`the Pod ended before that\n${drawChart(timeline())}`)))
      }
      const expire = (): void =>
        settle(() => reject(new Error(`not so within ${timeoutMs} ms\n${drawChart(timeline())}`)))
      const settle = (outcome: () => void): void => {
        watchers.delete(check)
        cancel()
        outcome()
      }
      const cancel = clock.after(timeoutMs, expire)
      watchers.add(check)
      check()
    })
  }

  async function exec(
    container: string,
    command: readonly string[],
    { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
  ) {
    const running = known(crew.running(container), `the container "${container}" does not run`)
    const over = new AbortController()
    const cancel = clock.after(timeoutMs, () => over.abort(new Error(`${command[0]}: not done within ${timeoutMs} ms`)))
    try {
      return await running.exec(command, over.signal)
    } finally {
      cancel()
    }
  }

  async function update(kind: 'configMap' | 'secret', name: string, data: VolumeData): Promise<void> {
    objects = { ...objects, [kind]: { ...objects[kind], [name]: data } }
    await volumes.publish(objects, facts, sandbox.adaptText)
  }

  function terminate({ graceSeconds }: { readonly graceSeconds?: number } = {}): Promise<Timeline> {
    tell({ type: 'terminate', ...(graceSeconds === undefined ? {} : { graceMs: graceSeconds * 1000 }) })
    return ended
  }

  async function dispose(): Promise<void> {
    if (!isOver(state)) tell({ type: 'terminate', graceMs: 0 })
    await crew.killAll()
    await ended
  }
}

function factsOf(sandbox: Sandbox): PodFacts {
  return {
    podIp: sandbox.podIp,
    uid: randomUUID(),
    nodeName: hostname(),
    allocatable: { cpu: availableParallelism(), memory: totalmem() },
  }
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function known<Value>(value: Value | undefined, message: string): Value {
  if (value === undefined) throw new Error(message)
  return value
}
