/** What was seen of one Pod, as it came: raw material of the timeline, and plain data so that a test can replay it. */
import type { LogLine } from '../container-log.ts'
import type { KubeEvent, Pod } from '../objects.ts'

export interface Sightings {
  /** Every state of the Pod that the watch told, in order; the last one may be that of its removal. */
  readonly pods: readonly PodSighting[]
  readonly events: readonly EventSighting[]
  readonly lines: readonly LogLine[]
}

export interface PodSighting {
  /** The cluster's date when the watch told, ms since the epoch. */
  readonly seenMs: number
  readonly pod: Pod
  /** The Pod was removed from the API. */
  readonly gone?: true
}

export interface EventSighting {
  readonly seenMs: number
  readonly event: KubeEvent
}

/** How the containers' own lines tell of their end, since no field of the API does. */
export interface OwnWords {
  /** Written when the stop signal came. */
  readonly stopSignal: RegExp
  /** Written when the preStop hook reached the program. */
  readonly preStop: RegExp
}

/** The words of the Podmates and of the test programs. */
export const ownWordsDefault: OwnWords = {
  stopSignal: /^got SIG(TERM|INT)|"reason":"SIGTERM","msg":"stopping"|"level":"INFO","msg":"stopping"/,
  preStop: /^preStop|"reason":"(?!SIG)[^"]*","msg":"draining"/,
}
