/**
 * A process edge that listens from its first moment. The lifecycle needs the log, and the log takes its time to
 * load; a SIGTERM that comes meanwhile is kept for it, since without a handler the kernel would end the process
 * with 143, or as PID 1 not at all.
 */
import type { EndSignal, ProcessEdge } from '../lifecycle/process-edge.ts'

export function attentive(edge: ProcessEdge): ProcessEdge {
  const early: EndSignal[] = []
  let listener = (signal: EndSignal): void => {
    early.push(signal)
  }
  edge.onSignal((signal) => listener(signal))
  return {
    ...edge,
    onSignal(next) {
      listener = next
      for (const signal of early.splice(0)) next(signal)
    },
  }
}
