/** One scenario: what it proves, and how it is played. */
import type { Stage } from './stage.ts'

export interface Scenario {
  /** By which it is called on the command line. */
  readonly name: string
  readonly title: string
  /** Notes what it found. @throws Error when it could not be played to its end */
  play(stage: Stage): Promise<void>
}
