/** PM1xxx: a sidecar that cannot start or stop as it should. */
import type { ErrorEntry } from './catalogue.ts'

export const startErrors = {
  PM1001: {
    title: 'a part of the sidecar could not start',
    why: 'One of the parts that the sidecar is made of failed while it came up: the line names the part and the cause.',
    remedy: 'Mend the cause that the line names; the container is restarted by the kubelet and tries again.',
  },
  PM1002: {
    title: 'a part of the sidecar took too long to start',
    why: 'The named part did not come up within its start time; what it waits for may be missing.',
    remedy: 'Look at what the part waits for; the log lines before this one say how far it came.',
  },
  PM1003: {
    title: 'an error that nothing caught',
    why: 'A defect in the sidecar: an exception reached the process itself. It stops in order and exits 1.',
    remedy: 'Report it with the log line, which holds the stack; the kubelet restarts the container meanwhile.',
  },
} as const satisfies Record<string, ErrorEntry>
