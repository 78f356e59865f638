/** What the lifecycle needs of the operating system; the real one here, a recording one in its tests. */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { terminationMessage } from './termination-message.ts'

export type EndSignal = 'SIGTERM' | 'SIGINT'

export interface ProcessEdge {
  /** Calls `listener` for each SIGTERM and SIGINT, from now until the process ends. */
  onSignal(listener: (signal: EndSignal) => void): void
  /** Calls `listener` for an exception or rejection that no part caught. */
  onCrash(listener: (error: unknown) => void): void
  /** Leaves a message for `kubectl describe pod`; without a place to leave it, does nothing. */
  writeTerminationMessage(message: string): void
  stderr(text: string): void
  exit(code: number): void
}

/** @param terminationLog the file that the kubelet reads; default `/dev/termination-log` (terminationMessagePath) */
export function nodeProcess(terminationLog = '/dev/termination-log'): ProcessEdge {
  return {
    onSignal(listener) {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => listener(signal))
    },
    onCrash: (listener) => {
      process.on('uncaughtException', listener)
    },
    writeTerminationMessage: (message) => writeExisting(terminationLog, terminationMessage(message)),
    stderr: (text) => {
      process.stderr.write(text)
    },
    exit: (code) => process.exit(code),
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
