/**
 * How long an unused connection to one endpoint is kept. The endpoint may close sooner than the configuration
 * says; a request that meets its closing is lost, so what it says, or does, shortens the time.
 */

/** Two closes at ages this near each other are a habit of the endpoint: a restart closes at any age. */
const sameAge = 0.05

/** Milliseconds; closes of one moment, as in a restart, say nothing of a habit. */
const apartMs = 100

/** Kept this far below what was seen to be the end, for the way there and back. */
const safeShare = 0.8

/** Milliseconds; what was seen is forgotten, since the endpoint may be another one by then. */
const rememberedMs = 600_000

interface Close {
  readonly ageMs: number
  readonly atMs: number
}

export class LearnedIdle {
  readonly #configuredMs: number
  #announcedMs = Number.POSITIVE_INFINITY
  #seenMs = Number.POSITIVE_INFINITY
  #seenUntilMs = 0
  #lastClose: Close | undefined

  /** @param configuredMs never longer than this */
  constructor(configuredMs: number) {
    this.#configuredMs = configuredMs
  }

  /** Milliseconds that a connection may be idle; 0 when it is not worth keeping. */
  timeoutMs(nowMs: number): number {
    const seenMs = nowMs < this.#seenUntilMs ? this.#seenMs : Number.POSITIVE_INFINITY
    return Math.min(this.#configuredMs, this.#announcedMs, seenMs)
  }

  /** @param ms what the endpoint says with `Keep-Alive: timeout=`; undefined changes nothing */
  onAnnounced(ms: number | undefined): void {
    if (ms === undefined) return
    // A second less, as undici does, and of a short time a share, since clocks and packets are late.
    this.#announcedMs = Math.max(0, Math.min(ms * safeShare, ms - 1000 <= 0 ? ms / 2 : ms - 1000))
  }

  /** The endpoint closed a connection that was idle for `ageMs`, before we did. */
  onEarlyClose(ageMs: number, nowMs: number): void {
    const last = this.#lastClose
    this.#lastClose = { ageMs, atMs: nowMs }
    if (last === undefined || nowMs - last.atMs < apartMs) return
    if (Math.abs(last.ageMs - ageMs) > sameAge * Math.max(last.ageMs, ageMs)) return
    this.#seenMs = Math.min(last.ageMs, ageMs) * safeShare
    this.#seenUntilMs = nowMs + rememberedMs
  }
}
