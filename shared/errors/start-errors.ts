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
  PM1201: {
    title: 'a directory of configuration does not exist',
    why: 'Nothing is mounted there, or the path in the configuration differs from the mountPath of the volume.',
    remedy: 'Mount the volume at this path, or correct the path; a directory that comes later is picked up by itself.',
  },
  PM1202: {
    title: 'a directory holds more than configuration',
    why: 'It has more files or bytes than a config volume may have; it is read as a whole, and into memory.',
    remedy: 'Mount only the configuration there. Data and assets belong into a volume of their own.',
  },
  PM1203: {
    title: 'a link in a volume leads out of it',
    why: 'Following it could hand out files of the container, so the whole volume is refused rather than read in part.',
    remedy: 'Replace the link that the message names by the file itself.',
  },
  PM1204: {
    title: 'a directory changed all the time while it was read',
    why: 'No two readings agreed, so nothing could be said to be its content; something writes there without a pause.',
    remedy: 'Find what writes there (a log file, a temporary file) and move it to another volume.',
  },
  PM1205: {
    title: 'a directory cannot be read',
    why: 'The system refused it; the message has its reason and the user that this process runs as.',
    remedy: 'Give the volume a mode that this user can read: defaultMode of the volume, or fsGroup of the Pod.',
  },
  PM1206: {
    title: 'changes are found by polling',
    why: 'The kernel gives out no more inotify watches (EMFILE, ENOSPC; all Pods of a node share them per user), or none here.',
    remedy:
      'Nothing must be done: changes are seen a little later. Raise fs.inotify.max_user_instances on the node, or give the Pod a user of its own.',
  },
  PM1207: {
    title: 'a mount never changes',
    why: 'It is a subPath or a single file: the kubelet replaces the files in the volume, and this mount keeps the old ones for ever.',
    remedy:
      'Mount the whole volume as a directory, without subPath; it may be mounted elsewhere than the file is needed.',
  },
  PM1208: {
    title: 'no permission to publish to a directory',
    why: 'The user and groups of this process may not write there; what was published before is still in place.',
    remedy: 'Set fsGroup in the securityContext of the Pod; the message has the lines to paste.',
  },
  PM1209: {
    title: 'a directory to publish to is read-only',
    why: 'It is mounted read-only, or it is no mount at all but part of the read-only root file system.',
    remedy: 'Mount an emptyDir there; the message has the lines to paste.',
  },
  PM1210: {
    title: 'no space left to publish to',
    why: 'The volume, or the quota on it, is full; what was published before is still in place.',
    remedy: 'Give the volume more room (sizeLimit of an emptyDir in memory), or keep fewer generations.',
  },
  PM1211: {
    title: 'a generation could not be written',
    why: 'The system refused a step of the publication; what was published before is still in place.',
    remedy: 'The message has the step and the reason of the system.',
  },
  PM1212: {
    title: 'a key that cannot be the name of a file',
    why: 'Keys follow the rules of the kubelet: relative, no "." or ".." on the way, and not beginning with "..".',
    remedy: 'Rename the key that the message names.',
  },
  PM1213: {
    title: 'a file of somebody else is in the way',
    why: 'Where a published key should appear, something exists that this publisher has not made; it is never overwritten.',
    remedy: 'Remove the file that the message names, or publish to a directory of its own.',
  },
  PM1214: {
    title: 'no such generation to go back to',
    why: 'Nothing was published before, or the generation has been removed to make room for newer ones.',
    remedy: 'Publish the wanted content again, or keep more generations.',
  },
} as const satisfies Record<string, ErrorEntry>
