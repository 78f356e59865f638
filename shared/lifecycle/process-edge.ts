/** What the lifecycle needs of the operating system; the real one here, a recording one in its tests. */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { type Clock, systemClock } from '../world/clock.ts'
import { terminationMessage } from './termination-message.ts'

/** The signals that ask for an orderly end: the kubelet's, Ctrl-C, and the stop signal of some images. */
const endSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const
export type EndSignal = (typeof endSignals)[number]

/**
 * Their default ends the process without a word, and SIGUSR1 opens Node's debugger to everyone on the Pod's
 * loopback. A sidecar has nothing to do for any of them.
 */
const ignoredSignals = ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

export interface ProcessEdge {
  /** Calls `listener` for each signal that asks for the end, from now on; all others that can be are ignored. */
  onSignal(listener: (signal: EndSignal) => void): void
  /** Calls `listener` for an exception or rejection that no part caught. */
  onCrash(listener: (error: unknown) => void): void
  /** Leaves a message for `kubectl describe pod`; without a place to leave it, does nothing. */
  writeTerminationMessage(message: string): void
  stderr(text: string): void
  /** Ends the process, when the last log lines have left it. */
  exit(code: number): void
}

/** A reader of stdout who is behind gets so long to take the last lines; one who sleeps does not hold the end up. */
const lastLinesMs = 250

/** @param terminationLog the file that the kubelet reads; default `/dev/termination-log` (terminationMessagePath) */
export function nodeProcess(terminationLog = '/dev/termination-log', clock: Clock = systemClock): ProcessEdge {
  return {
    onSignal(listener) {
      for (const signal of endSignals) process.on(signal, () => listener(signal))
      for (const signal of ignoredSignals) process.on(signal, () => {})
    },
    onCrash: (listener) => {
      process.on('uncaughtException', listener)
    },
    writeTerminationMessage: (message) => writeExisting(terminationLog, terminationMessage(message)),
    stderr: (text) => {
      process.stderr.write(text)
    },
    exit: (code) => {
      if (process.stdout.writableLength === 0) process.exit(code)
      clock.after(lastLinesMs, () => process.exit(code))
      process.stdout.write('', () => process.exit(code))
    },
  }
}

/** Never creates the file: outside Kubernetes it does not exist, and `/dev` may be a developer's own. */
function writeExisting(file: string, text: string): void {
  try {
    const descriptor = openSync(file, constants.O_WRONLY | constants.O_TRUNC)
    writeSync(descriptor, text)
    closeSync(descriptor)
  } catch {
    // The message is a courtesy; the same text stands in the log or on stderr.
  }
}
