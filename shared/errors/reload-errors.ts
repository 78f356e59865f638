/** PM3xxx: publishing and reloading configuration. PM30xx: what is not published; PM31xx: an app that does not take it. */
import type { ErrorEntry } from './catalogue.ts'

export const reloadErrors = {
  PM3001: {
    title: 'a source, or a file of it, is missing',
    why: 'The output is made of a file that its source does not hold at the moment. What is published stays: a missing file never becomes an empty one.',
    remedy:
      'Add the key to the ConfigMap or Secret, or correct its name under outputs; the message lists the files that are there.',
  },
  PM3002: {
    title: 'there is nothing to publish',
    why: 'The sources hold no file at all, as after an unlucky edit. What is published stays.',
    remedy: 'Look at the ConfigMap or Secret: its data is empty.',
  },
  PM3003: {
    title: 'files cannot be merged',
    why: 'A part of the merge does not parse, is no map of keys, or holds something that the target cannot hold. What is published stays.',
    remedy: 'Mend the file at the place that the message names.',
  },
  PM3004: {
    title: 'a file does not parse',
    why: 'The new version of a file is not of the format that its name promises, so the app would refuse it or, worse, misread it. What is published stays.',
    remedy:
      'Mend the file at the place that the message names; if it is right as it is, take the check out of validate.',
  },
  PM3101: {
    title: 'the app did not take the new version',
    why: 'The app was reached, but refused the reload outright (a 4xx), or has not acknowledged the version within its time.',
    remedy:
      'Look at the reason in the line and at the log of the app. The version is not tried again; change the source, or raise verify.within if the app only needs longer.',
  },
  PM3102: {
    title: 'no process, or more than one, fits the name',
    why: 'A signal needs exactly one receiver. The processes of other containers are seen only when the Pod shares its PID namespace.',
    remedy:
      'Set shareProcessNamespace: true in the Pod, and name the program as it stands in its command line, without folder; or let the app write a pidFile.',
  },
  PM3103: {
    title: 'the pid file cannot be used',
    why: 'It holds no process id, or the id was given to another process since the file was written.',
    remedy:
      'Let the app write its id, as it is in the shared PID namespace, at every start, into a volume that both containers mount.',
  },
  PM3104: {
    title: 'no permission to signal the app',
    why: 'The kernel lets a process signal only those of its own user; capabilities do not help a process that is not root.',
    remedy: 'Run both containers with the same runAsUser; the message has the two user ids.',
  },
  PM3105: {
    title: 'the app cannot bear the signal',
    why: 'It has no handler for the signal and would end, or it did end right after it. Go programs end by SIGHUP unless they call signal.Notify.',
    remedy:
      'Let the app handle the signal, choose another one, or reload by HTTP. No more signals are sent once one has ended the app.',
  },
  PM3106: {
    title: 'given up, as the configuration asks for',
    why: 'The app did not take the new version, and onFailure is exit.',
    remedy: 'Look at the log of the app; with onFailure: rollback the version before is put back instead.',
  },
} as const satisfies Record<string, ErrorEntry>
