/** Ctrl-C, SIGTERM and a terminal that is closed: the first deletes the Pod, a second kills it. */
import type { Clock } from '@podmates/shared/world/clock.ts'

/** The terminal signals the whole process group and every program between forwards it: one key press, several signals. */
const samePressMs = 500

export interface Endings {
  /** The first press, SIGTERM or SIGHUP. */
  readonly asked: Promise<void>
  readonly insisted: Promise<void>
  /** The terminal is gone: by SIGHUP, or since it takes no more output. */
  hungUp(): boolean
}

/** What the endings listen to: a process, or what stands for it. */
export interface Ear {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  readonly stdout: { on(event: 'error', listener: () => void): unknown }
}

/** @param ear its output may be a terminal or a pipe; one that nobody reads any more ends the Pod as SIGHUP does */
export function watchEndings(ear: Ear, { clock }: { clock: Clock }): Endings {
  const asked = Promise.withResolvers<void>()
  const insisted = Promise.withResolvers<void>()
  let pressedMs = Number.NEGATIVE_INFINITY
  let presses = 0
  let isHungUp = false
  const onPress = (): void => {
    if (clock.now() - pressedMs <= samePressMs) return
    pressedMs = clock.now()
    presses += 1
    if (presses === 1) asked.resolve()
    else insisted.resolve()
  }
  const onHangUp = (): void => {
    isHungUp = true
    if (presses === 0) onPress()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) ear.on(signal, onPress)
  ear.on('SIGHUP', onHangUp)
  ear.stdout.on('error', onHangUp)
  return { asked: asked.promise, insisted: insisted.promise, hungUp: () => isHungUp }
}
