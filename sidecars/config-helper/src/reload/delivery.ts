/**
 * What an output does next, as a pure machine: from a generation that is fit to publish to an app that has
 * acknowledged it. It knows nothing of files, sockets or timers. `work` says what is to be done now; whoever
 * does it (`output.ts`) comes back with an event, and `step` gives the next state.
 *
 *   offered -> publishing -> notifying -> verifying -> idle (acknowledged)
 *                  ^  \___________\___________\-> waiting (back-off), then the same again
 *                  '-- rollback: the app refused it, or did not take it within its time
 *
 * Its promises: a write is never cut short; the newest generation replaces one that waits; what is published
 * is asked for until the app has acknowledged it; what the app did not take is not published again.
 */
import type { ErrorCode } from '@podmates/shared/errors/catalogue.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import type { Generation } from '../publish/generation.ts'
import { backOffMs } from './back-off.ts'

/** All that the machine remembers of one output. */
export interface Delivery {
  readonly work: Work
  /** On the disk; undefined before the first publish. */
  readonly published: Generation | undefined
  /** The hash of the generation that the app is known to use. */
  readonly acknowledged: string | undefined
  /** Where a rollback leads: the last generation that was acknowledged, or that was there before we were. */
  readonly good: Generation | undefined
  /** The newest generation, when it came during a write; it is next. */
  readonly next: Generation | undefined
  /** Hashes of generations that the app did not take, oldest first. */
  readonly quarantined: readonly string[]
  /** The app cannot bear the signal that should reload it, so it gets no more of them. */
  readonly signalsOff: boolean
  /** The generation that the app refused or did not take in its time, until a newer one is wanted. */
  readonly failure: Failure | undefined
}

/** A generation that the app was reached with and refused, or did not acknowledge in time. */
export interface Failure extends Reason {
  readonly hash: string
}

export type Work = { readonly state: 'idle' } | Attempt | Wait | { readonly state: 'given-up' }

/** Work that somebody outside has to do. */
export type Attempt =
  | { readonly state: 'publishing'; readonly generation: Generation; readonly attempt: number }
  | { readonly state: 'notifying'; readonly trial: Trial }
  | { readonly state: 'verifying'; readonly trial: Trial }

interface Wait {
  readonly state: 'waiting'
  /** Monotonic. */
  readonly untilMs: number
  /** What is done then. */
  readonly resume: Attempt
  /** Why it has to be done again. */
  readonly because: Reason
}

/** How the published generation has fared with the app so far. */
export interface Trial {
  /** The number of this attempt, 1.. */
  readonly attempt: number
  /** When the app must have acknowledged. Unset until the app was reached: before that it may not be up yet. */
  readonly deadlineMs: number | undefined
  /** Whether the app was told of this generation. */
  readonly notified: boolean
}

export type DeliveryEvent =
  | { readonly event: 'offered'; readonly generation: Generation }
  | { readonly event: 'written' }
  | ({ readonly event: 'write-failed' } & Reason)
  | { readonly event: 'notified'; readonly notice: Notice }
  | { readonly event: 'verified'; readonly answer: Answer }
  | { readonly event: 'woke' }

/** What came of asking the app. `unreached`: nobody was there to hear it, which proves nothing about the generation. */
export type Answer =
  | { readonly answer: 'yes' }
  | ({ readonly answer: 'no' } & Reason)
  | ({ readonly answer: 'unreached' } & Reason)

/**
 * What came of telling the app. `refused`: it said that it will not take this generation, and would say so again.
 * `died`: the signal ended it.
 */
export type Notice = Answer | ({ readonly answer: 'refused' } & Reason) | ({ readonly answer: 'died' } & Reason)

/** Why something did not work, in words for the log and the status. */
export interface Reason {
  readonly reason: string
  /** Where the reader can look it up. */
  readonly code?: ErrorCode
}

/** What the configuration says about an output. */
export interface DeliveryRules {
  /** Whether the app is told of a new generation. */
  readonly notifies: boolean
  /** Whether the app is asked which generation it uses. */
  readonly verifies: boolean
  /** Milliseconds in which an app that was reached must have acknowledged. */
  readonly withinMs: number
  readonly onFailure: 'rollback' | 'keep' | 'exit'
}

/** The world as it is at one step. */
export interface DeliveryWorld {
  /** Monotonic. */
  readonly nowMs: number
  readonly random: Random
}

/** Older entries are forgotten: a source that flips through more bad generations than this has other troubles. */
export const quarantinedMax = 64

const firstTrial: Trial = { attempt: 1, deadlineMs: undefined, notified: false }

/** @param found what is on the disk already, written in an earlier life or by the init waiter */
export function newDelivery(found: Generation | undefined): Delivery {
  return {
    work: { state: 'idle' },
    published: found,
    acknowledged: undefined,
    good: found,
    next: undefined,
    quarantined: [],
    signalsOff: false,
    failure: undefined,
  }
}

/** @param event a result must be that of the current `work`; results of work that was replaced are dropped by the caller */
export function step(delivery: Delivery, event: DeliveryEvent, rules: DeliveryRules, world: DeliveryWorld): Delivery {
  const { work } = delivery
  switch (event.event) {
    case 'offered':
      return onOffered(delivery, event.generation, rules)
    case 'written':
      return work.state === 'publishing' ? onWritten(delivery, work.generation, rules) : delivery
    case 'write-failed':
      return work.state === 'publishing' ? onWriteFailed(delivery, work, event, rules, world) : delivery
    case 'notified':
      return work.state === 'notifying' ? onNotified(delivery, work.trial, event.notice, rules, world) : delivery
    case 'verified':
      return work.state === 'verifying' ? onVerified(delivery, work.trial, event.answer, rules, world) : delivery
    case 'woke':
      return work.state === 'waiting' ? { ...delivery, work: work.resume } : delivery
  }
}

/** Whether the app is known to use what is published. */
export function isAcknowledged({ published, acknowledged }: Delivery): boolean {
  return published !== undefined && published.hash === acknowledged
}

/** Whether a generation was published before and the app did not take it. */
export function isQuarantined(delivery: Delivery, generation: Generation): boolean {
  return delivery.quarantined.includes(generation.hash)
}

function onOffered(before: Delivery, generation: Generation, rules: DeliveryRules): Delivery {
  if (before.work.state === 'given-up') return before
  const isWanted = !isQuarantined(before, generation)
  const isNews = isWanted && before.failure?.hash !== generation.hash
  const delivery: Delivery = isNews ? { ...before, failure: undefined } : before
  const { work, published } = delivery
  if (work.state === 'publishing') {
    const isUnderWay = generation.hash === work.generation.hash
    return { ...delivery, next: isWanted && !isUnderWay ? generation : undefined }
  }
  if (isWanted && generation.hash !== published?.hash) return publish(delivery, generation)
  return work.state === 'idle' || isWriteMoot(delivery) ? ask(delivery, rules) : delivery
}

/** The source went back to what is published while a write waits for its next attempt. A rollback is still wanted. */
function isWriteMoot(delivery: Delivery): boolean {
  const { work, published } = delivery
  const waitsToWrite = work.state === 'waiting' && work.resume.state === 'publishing'
  return waitsToWrite && published !== undefined && !isQuarantined(delivery, published)
}

function publish(delivery: Delivery, generation: Generation): Delivery {
  return { ...delivery, next: undefined, work: { state: 'publishing', generation, attempt: 1 } }
}

/** Asks before telling: an app that has just started, or outlived us, may use the published generation already. */
function ask(delivery: Delivery, rules: DeliveryRules): Delivery {
  if (delivery.published === undefined || isAcknowledged(delivery)) return { ...delivery, work: { state: 'idle' } }
  return rules.verifies
    ? { ...delivery, work: { state: 'verifying', trial: firstTrial } }
    : tell(delivery, firstTrial, rules)
}

function tell(delivery: Delivery, trial: Trial, rules: DeliveryRules): Delivery {
  if (notifies(delivery, rules)) return { ...delivery, work: { state: 'notifying', trial } }
  if (rules.verifies) return { ...delivery, work: { state: 'verifying', trial } }
  // Nobody to tell and nobody to ask: the app watches its files. Without signals we only know that we do not know.
  return rules.notifies ? { ...delivery, work: { state: 'idle' } } : acknowledge(delivery)
}

function onWritten(delivery: Delivery, written: Generation, rules: DeliveryRules): Delivery {
  const now: Delivery = { ...delivery, published: written, acknowledged: undefined, next: undefined }
  return delivery.next === undefined ? tell(now, firstTrial, rules) : publish(now, delivery.next)
}

function onWriteFailed(
  delivery: Delivery,
  { generation, attempt }: Attempt & { state: 'publishing' },
  because: Reason,
  rules: DeliveryRules,
  world: DeliveryWorld,
): Delivery {
  const resume: Attempt = { state: 'publishing', generation, attempt: attempt + 1 }
  const untilMs = world.nowMs + backOffMs(attempt, world.random)
  const waiting: Delivery = {
    ...delivery,
    next: undefined,
    work: { state: 'waiting', untilMs, resume, because: reasonOf(because) },
  }
  return delivery.next === undefined ? waiting : onOffered(waiting, delivery.next, rules)
}

function onNotified(
  delivery: Delivery,
  trial: Trial,
  notice: Notice,
  rules: DeliveryRules,
  world: DeliveryWorld,
): Delivery {
  switch (notice.answer) {
    case 'yes': {
      const told = reached({ ...trial, notified: true }, rules, world)
      return rules.verifies ? { ...delivery, work: { state: 'verifying', trial: told } } : acknowledge(delivery)
    }
    case 'no':
      return again(delivery, 'notifying', reached(trial, rules, world), notice, rules, world)
    case 'refused':
      return onFailed(delivery, trial, notice, rules, world)
    case 'unreached':
      // An app that comes up reads the files by itself, so it is asked first, where it can be asked.
      return again(delivery, rules.verifies ? 'verifying' : 'notifying', trial, notice, rules, world)
    case 'died': {
      const silenced: Delivery = { ...delivery, signalsOff: true }
      const told = reached({ ...trial, notified: true }, rules, world)
      if (!rules.verifies) return { ...silenced, work: { state: 'idle' } }
      return again(silenced, 'verifying', told, notice, rules, world)
    }
  }
}

function onVerified(
  delivery: Delivery,
  trial: Trial,
  answer: Answer,
  rules: DeliveryRules,
  world: DeliveryWorld,
): Delivery {
  switch (answer.answer) {
    case 'yes':
      return acknowledge(delivery)
    case 'no':
      if (!trial.notified && notifies(delivery, rules)) return { ...delivery, work: { state: 'notifying', trial } }
      return again(delivery, 'verifying', reached(trial, rules, world), answer, rules, world)
    case 'unreached':
      return again(delivery, 'verifying', trial, answer, rules, world)
  }
}

function acknowledge(delivery: Delivery): Delivery {
  const { published } = delivery
  const failure = delivery.failure?.hash === published?.hash ? undefined : delivery.failure
  return { ...delivery, acknowledged: published?.hash, good: published, failure, work: { state: 'idle' } }
}

/** From the first contact on, time counts whatever happens: an app that the generation broke may never answer again. */
function reached(trial: Trial, rules: DeliveryRules, world: DeliveryWorld): Trial {
  return { ...trial, deadlineMs: trial.deadlineMs ?? world.nowMs + rules.withinMs }
}

function again(
  delivery: Delivery,
  state: 'notifying' | 'verifying',
  trial: Trial,
  because: Reason,
  rules: DeliveryRules,
  world: DeliveryWorld,
): Delivery {
  const { nowMs, random } = world
  const { deadlineMs = Number.POSITIVE_INFINITY, attempt } = trial
  if (nowMs >= deadlineMs) return onFailed(delivery, trial, because, rules, world)
  const untilMs = Math.min(nowMs + backOffMs(attempt, random), deadlineMs)
  const resume: Attempt = { state, trial: { ...trial, attempt: attempt + 1 } }
  return { ...delivery, work: { state: 'waiting', untilMs, resume, because: reasonOf(because) } }
}

/** The app was reached, and refused the generation or has not acknowledged it within its time. */
function onFailed(
  delivery: Delivery,
  { attempt }: Trial,
  because: Reason,
  rules: DeliveryRules,
  { nowMs, random }: DeliveryWorld,
): Delivery {
  const { published, good } = delivery
  if (published === undefined) return delivery
  const failed: Delivery = { ...delivery, failure: { hash: published.hash, ...reasonOf(because) } }
  if (rules.onFailure === 'exit') return { ...failed, work: { state: 'given-up' } }
  if (rules.onFailure === 'rollback' && good !== undefined && good.hash !== published.hash) {
    const quarantined = [...delivery.quarantined, published.hash].slice(-quarantinedMax)
    return publish({ ...failed, quarantined }, good)
  }
  // Nothing to go back to, or not wanted: what is published stays, and the app is told again, for as long as it takes.
  const trial: Trial = { ...firstTrial, attempt: attempt + 1 }
  const state = notifies(delivery, rules) ? 'notifying' : 'verifying'
  const untilMs = nowMs + backOffMs(attempt, random)
  return { ...failed, work: { state: 'waiting', untilMs, resume: { state, trial }, because: reasonOf(because) } }
}

function reasonOf({ reason, code }: Reason): Reason {
  return code === undefined ? { reason } : { reason, code }
}

function notifies(delivery: Delivery, rules: DeliveryRules): boolean {
  return rules.notifies && !delivery.signalsOff
}
