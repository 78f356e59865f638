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
  PM1021: {
    title: 'the command line is not understood',
    why: 'A verb, an option or its value is none that this program knows.',
    remedy: 'Correct what the line names; `podmate --help` lists all verbs and options.',
  },
  PM1022: {
    title: 'the sidecar does not answer',
    why: 'Nothing listens on the admin address, or what listens there did not answer in time or is no sidecar.',
    remedy:
      'See whether the sidecar runs. If its admin.address is not the usual one, name it with --admin HOST:PORT or in PODMATES_ADMIN.',
  },
  PM1101: {
    title: 'the address is in use',
    why: 'Something else listens on the port already. All containers of a Pod share one network, so it may be another sidecar or the app.',
    remedy:
      'Give one of the two another port; for admin.address change the probes in the manifest and PODMATES_ADMIN too.',
  },
  PM1102: {
    title: 'the address cannot be listened on',
    why: 'The host is no address of this Pod, or the port may not be opened by this user (ports below 1024).',
    remedy: 'Use 0.0.0.0 (or [::] in an IPv6 cluster) and a port of 1024 or more.',
  },
  PM1103: {
    title: 'the admin server has no such path',
    why: 'The path is none of /startupz, /livez, /readyz, /metrics, /config, /status, /drain, /loglevel.',
    remedy: 'Correct the path; a probe with a wrong path restarts the container again and again.',
  },
  PM1104: {
    title: 'the method does not fit the path',
    why: 'What shows something is asked with GET, what changes something with POST.',
    remedy: 'Use the method in the Allow header; the kubelet, whose hooks can only GET, runs `podmate drain` instead.',
  },
  PM1105: {
    title: 'answered on the loopback address only',
    why: 'Details and changes are for those inside the Pod; the request came from outside.',
    remedy:
      'Use `kubectl exec` with podmate, or `kubectl port-forward`; or set admin.peers to any where the network keeps strangers away.',
  },
  PM1106: {
    title: 'the Host header is neither an IP address nor localhost',
    why: 'A page whose name was re-bound to this address would look like this (DNS rebinding).',
    remedy: 'Ask by IP address or as localhost.',
  },
  PM1107: {
    title: 'the request comes from another site',
    why: 'A browser sent it on behalf of a page that does not belong to the admin server.',
    remedy: 'Send it with podmate, or open the path directly.',
  },
  PM1108: {
    title: 'the header "podmates: 1" is missing',
    why: 'Every change needs it, because no page of another site can send it.',
    remedy: 'Use podmate, which sends it, or add the header.',
  },
  PM1109: {
    title: 'the admin server only reads',
    why: 'admin.readOnly is set, so nothing can be changed through it.',
    remedy: 'Set admin.readOnly to false if changes shall be possible. SIGTERM works in any case.',
  },
  PM1110: {
    title: 'the request says something that does not fit',
    why: 'The body is not what the path needs.',
    remedy: 'Send what the message names, for example {"level":"debug","for":"10m"}.',
  },
  PM1111: {
    title: 'the request is too large',
    why: 'A request to the admin server fits into a few bytes; this one was larger than it may be.',
    remedy: 'Send less; no path needs more than 4 KiB.',
  },
  PM1112: {
    title: 'the admin server could not put its answer together',
    why: 'A defect in the sidecar: what should have been shown could not be computed. The log has the cause.',
    remedy: 'Report it with the log line.',
  },
} as const satisfies Record<string, ErrorEntry>
