/**
 * One output at work: gathers what its sources say, renders and checks it, and does what the delivery machine
 * (`reload/delivery.ts`) says is to be done. All decisions are there; here are the timers, the writes and the calls.
 */
import type { ErrorCode } from '@podmates/shared/errors/catalogue.ts'
import { CodedError } from '@podmates/shared/errors/coded-error.ts'
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import type { Publisher } from '@podmates/shared/volume/publish.ts'
import type { VolumeState } from '@podmates/shared/volume/watch.ts'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import type { OutputJournal } from './output-journal.ts'
import type { OutputPlan } from './output-plan.ts'
import type { Observed, Standing } from './output-standing.ts'
import { type Generation, generationOf } from './publish/generation.ts'
import { type Delivery, type DeliveryEvent, type Notice, newDelivery, step, type Work } from './reload/delivery.ts'
import type { Notify } from './reload/notify-http.ts'
import type { Verify } from './reload/verify-http.ts'
import { render, sourcesOf } from './render/render.ts'
import { onChange, type Settling, settled, settlesAtMs } from './source/settling.ts'
import { validate } from './validate/validate.ts'

/** An output at work, and where it stands. */
export interface Output extends Part {
  /** Resolves when something is published that the app can start with. */
  start(signal: AbortSignal): Promise<void>
  /** Finishes a write that is in progress; everything else is ended at once. */
  stop(): Promise<OutputStopFacts>
  /** A source was looked at; sources that this output is not made of are passed over. */
  sourceChanged(source: string, state: VolumeState): void
  standing(): Standing
}

/** What the last log line says. */
export type OutputStopFacts = { readonly publishes_finished: number }

/** What an output needs of the world. */
export interface OutputWorld {
  readonly clock: Clock
  readonly random: Random
  readonly publisher: Publisher
  readonly notify: Notify
  readonly verify: Verify
  readonly journal: OutputJournal
  /** Ends the sidecar with exit code 1. */
  readonly fail: (error: unknown) => void
}

/** A full volume may have room again. Any other failure of the first write is a mistake in the Pod's manifest. */
const noSpace = 'PM1210'

/** What is published leads out of the volume, does not hold still, or is not all there. */
const unusable: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PM1203', 'PM1204', 'PM1205'])

export function createOutput(plan: OutputPlan, world: OutputWorld): Output {
  const { clock, random, publisher, journal } = world
  const needed = sourcesOf(plan.recipe)
  const sources = new Map<string, VolumeState>()
  const { promise: firstPublished, resolve: resolveFirst, reject: rejectFirst } = Promise.withResolvers<void>()

  let observed: Observed = { state: 'unknown' }
  let settling: Settling = settled
  let delivery: Delivery = newDelivery(undefined)
  let phase: 'new' | 'running' | 'published' | 'stopped' = 'new'
  let cancelSettling: Cancel = () => {}
  /** Ends what is being done for a `work` that was replaced. */
  let endWork: () => void = () => {}
  let writing: Promise<void> | undefined

  return { name: `output ${plan.name}`, start, stop, sourceChanged, standing: () => ({ observed, delivery }) }

  async function start(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted || phase === 'stopped'
    const found = await findPublished()
    if (isOver()) return
    if (found !== undefined) await mend(found)
    if (isOver()) return
    delivery = newDelivery(found && { hash: found.hash, files: found.files })
    if (delivery.published !== undefined) journal.found(delivery.published)
    phase = 'running'
    signal.addEventListener('abort', () => rejectFirst(signal.reason), { once: true })
    if (isComplete()) take(clock.now())
    await firstPublished
  }

  /** What is published already. What is damaged counts as nothing: to publish anew mends it, to end here would not. */
  async function findPublished(): Promise<Generation | undefined> {
    try {
      return await publisher.current()
    } catch (error) {
      if (!(error instanceof CodedError) || !unusable.has(error.code)) throw error
      journal.unusable({ code: error.code, reason: error.message })
      return undefined
    }
  }

  /** A predecessor that was killed may have left links undone; publishing the same content mends them. */
  async function mend({ files }: Generation): Promise<void> {
    const publishing = publisher.publish(files)
    // `stop` waits for the end, whatever it is; `start` is the one that fails.
    writing = publishing.then(
      () => undefined,
      () => undefined,
    )
    try {
      await publishing
    } finally {
      writing = undefined
    }
  }

  async function stop(): Promise<OutputStopFacts> {
    const publishesFinished = writing === undefined ? 0 : 1
    phase = 'stopped'
    cancelSettling()
    endWork()
    rejectFirst(new Error('stopped'))
    firstPublished.catch(() => undefined)
    await writing
    return { publishes_finished: publishesFinished }
  }

  function sourceChanged(source: string, state: VolumeState): void {
    if (!needed.has(source)) return
    sources.set(source, state)
    if ((phase !== 'running' && phase !== 'published') || !isComplete()) return
    // The first version is taken at once: the app waits for it.
    if (observed.state === 'unknown') take(clock.now())
    else settle(clock.now())
  }

  function settle(nowMs: number): void {
    settling = onChange(settling, nowMs)
    const { firstMs } = settling
    cancelSettling()
    cancelSettling = clock.after(Math.max(0, settlesAtMs(settling, plan.settling) - nowMs), () => take(firstMs))
  }

  /** Whether every source has been looked at once. */
  function isComplete(): boolean {
    return [...needed].every((source) => sources.has(source))
  }

  /** Renders and checks what the sources hold now, and offers it for delivery. @param sinceMs when it began to change */
  function take(sinceMs: number): void {
    settling = settled
    const rendering = render(plan.recipe, sources)
    const faults = rendering.ok ? validate(rendering.files, plan.checks) : rendering.faults
    if (!rendering.ok || faults.length > 0) {
      observed = { state: 'refused', faults }
      journal.refused(faults)
      tellStanding()
    } else {
      const generation = generationOf(rendering.files)
      observed = { state: 'fit', hash: generation.hash }
      journal.observed(generation, sinceMs)
      dispatch({ event: 'offered', generation })
    }
  }

  function dispatch(event: DeliveryEvent): void {
    const before = delivery
    delivery = step(before, event, plan.rules, { nowMs: clock.now(), random })
    journal.moved(before, delivery)
    if (delivery.work !== before.work && phase !== 'stopped') begin(delivery.work)
    tellStanding()
  }

  function tellStanding(): void {
    journal.stands({ observed, delivery })
    // Once something is published that the newest look at the sources did not improve on, the app may start.
    if (phase !== 'running' || delivery.published === undefined || delivery.work.state === 'publishing') return
    phase = 'published'
    resolveFirst()
  }

  function begin(work: Work): void {
    endWork()
    const over = new AbortController()
    endWork = () => over.abort()
    switch (work.state) {
      case 'idle':
        break
      case 'publishing':
        writing = write(work.generation.files)
        break
      case 'notifying':
        attempt('notify', world.notify, over.signal, (notice) => ({ event: 'notified', notice }))
        break
      case 'verifying':
        attempt('verify', world.verify, over.signal, (answer) => ({ event: 'verified', answer }))
        break
      case 'waiting':
        endWork = clock.after(Math.max(0, work.untilMs - clock.now()), () => dispatch({ event: 'woke' }))
        break
      case 'given-up':
        world.fail(new CodedError('PM3106', `outputs.${plan.name}: ${delivery.failure?.reason}`))
        break
    }
  }

  /** Never cut short: the machine stays in `publishing` until it is told how the write went. */
  async function write(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const failure = await publisher.publish(files).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    writing = undefined
    if (failure === undefined) dispatch({ event: 'written' })
    else writeFailed(failure.error)
  }

  function writeFailed(error: unknown): void {
    const code = error instanceof CodedError ? error.code : undefined
    if (phase === 'running' && code !== undefined && code !== noSpace) {
      rejectFirst(error)
      return
    }
    const reason = error instanceof Error ? error.message : String(error)
    const because = code === undefined ? { reason } : { code, reason }
    journal.writeFailed(because)
    dispatch({ event: 'write-failed', ...because })
  }

  /** Tells or asks the app. A result that comes after its work was replaced is dropped. */
  function attempt<Result extends Notice>(
    kind: 'notify' | 'verify',
    ask: (generation: NonNullable<Delivery['published']>, signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
    eventOf: (result: Result) => DeliveryEvent,
  ): void {
    const { published } = delivery
    if (published === undefined) return
    ask(published, signal).then(
      (result) => {
        if (signal.aborted) return
        journal.answered(kind, result.answer, result.answer === 'yes' ? undefined : result)
        dispatch(eventOf(result))
      },
      (error: unknown) => {
        if (!signal.aborted) world.fail(error)
      },
    )
  }
}
