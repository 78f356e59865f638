/** Ctrl-C: the first deletes the Pod, the second kills it. */
import type { Clock } from '@podmates/shared/world/clock.ts'

/** The terminal signals the whole process group and every program between forwards it: one key press, several signals. */
const samePressMs = 500

export interface Endings {
  /** The first press, or SIGTERM. */
  readonly asked: Promise<void>
  readonly insisted: Promise<void>
}

/** @param signals a process, or what stands for it */
export function watchEndings(signals: Pick<NodeJS.Process, 'on'>, { clock }: { clock: Clock }): Endings {
  const asked = Promise.withResolvers<void>()
  const insisted = Promise.withResolvers<void>()
  let pressedMs = Number.NEGATIVE_INFINITY
  let presses = 0
  const onSignal = (): void => {
    if (clock.now() - pressedMs <= samePressMs) return
    pressedMs = clock.now()
    presses += 1
    if (presses === 1) asked.resolve()
    else insisted.resolve()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) signals.on(signal, onSignal)
  return { asked: asked.promise, insisted: insisted.promise }
}
