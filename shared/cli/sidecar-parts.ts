/** What a sidecar's `parts.ts` is given and what it answers: its whole life in one table of contents. */
import type { StatusLine } from '../admin/status-line.ts'
import type { Life } from '../lifecycle/lifecycle.ts'
import type { Part } from '../lifecycle/part.ts'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Clock } from '../world/clock.ts'
import type { Random } from '../world/random.ts'

/** The world as a sidecar sees it; comes in last, and is handed on only where it is needed. */
export interface SidecarWorld {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /**
   * For lines that come with every request: writes a finished JSON object with its newline to stdout, among the
   * lines of `log` and together with others of its kind. It asks for no level; the configuration's secrets are hidden in it.
   */
  readonly writeLine: (line: string) => void
  readonly metrics: Metrics
  readonly life: Life
}

export interface SidecarParts {
  /** In the order in which they start; they stop in reverse. */
  readonly parts: readonly Part[]
  /** The sidecar's own lines of `podmate status`: four at most, beside the four that every sidecar has. */
  readonly status?: () => readonly StatusLine[]
}
