/** One life of a Pod as it was observed, by whomever: its timeline and its containers' own lines. */
import type { Timeline } from '../timeline/timeline.ts'

export interface Life {
  readonly timeline: Timeline
  readonly lines: readonly OwnLine[]
}

export interface OwnLine {
  readonly container: string
  /** Counts from the start of the timeline, as its entries do. */
  readonly atMs: number
  readonly text: string
}
