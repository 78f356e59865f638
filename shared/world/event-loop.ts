/**
 * The one thing about the event loop that code may ask for: that it has looked at the sockets in between. No time
 * passes, so it needs no clock.
 */

/** Runs `task` once everything that had arrived by now has been told. Twice, for the first turn may be the present one's own. */
export function afterArrivals(task: () => void): void {
  setImmediate(() => setImmediate(task))
}
