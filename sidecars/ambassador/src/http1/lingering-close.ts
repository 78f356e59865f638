/**
 * Closes a connection without losing what was written last. A socket that is closed while the client still
 * sends is reset, and a reset overtakes the answer: the client would see a broken connection in place of
 * the 413 that explains it (RFC 9112, 9.6). So what still comes is read and dropped, for a while.
 */
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'

/** A client that has sent nothing from one look to the next has read the answer, or will never. */
const lookEveryMs = 1000

/** A client that sends on and on is cut off after this; nginx's `lingering_time` has the same default. */
const lingerMs = 30_000

/** Ends the connection once all is written and the client has closed too, or stands still. @returns stops the waiting */
export function closeLingering(socket: Socket, clock: Clock): Cancel {
  let cancel: Cancel = () => undefined
  socket.end(() => {
    const endedMs = clock.now()
    let seenBytes = socket.bytesRead
    const look = (): void => {
      if (socket.bytesRead === seenBytes || clock.now() - endedMs >= lingerMs) socket.destroy()
      else cancel = clock.after(lookEveryMs, look)
      seenBytes = socket.bytesRead
    }
    if (!socket.destroyed) cancel = clock.after(lookEveryMs, look)
  })
  socket.resume()
  return () => cancel()
}
