/** Says why a directory cannot be written, as whom, and what to paste into the Pod so that it can. */
import { stat } from 'node:fs/promises'
import type { ErrorCode } from '../errors/catalogue.ts'
import { CodedError } from '../errors/coded-error.ts'
import { isErrno } from './errno.ts'
import { octal } from './generation-name.ts'

/** What decides about a write: who writes, and whose the directory is. */
export interface WriteFacts {
  readonly dir: string
  /** `EACCES`. */
  readonly errno: string
  /** The system's own words, with the call and the path: `EACCES: permission denied, mkdir '/config/..tmp-1'`. */
  readonly reason: string
  readonly process: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] }
  /** Absent when the directory does not exist. */
  readonly directory?: { readonly uid: number; readonly gid: number; readonly mode: number }
}

/** Turns an errno of a write in `dir` into a CodedError; anything else comes back as it is. */
export async function writeFailure(dir: string, error: unknown): Promise<unknown> {
  if (!isErrno(error)) return error
  const directory = await stat(dir).catch(() => undefined)
  const { code, text } = explainWriteFailure({
    dir,
    errno: error.code,
    reason: error.message,
    process: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: process.getgroups?.() ?? [] },
    ...(directory && { directory }),
  })
  return new CodedError(code, text, { cause: error })
}

/** The code and the message for one failed write. Hints at a cause only where the facts prove it. */
export function explainWriteFailure(facts: WriteFacts): { code: ErrorCode; text: string } {
  const { dir, errno, reason } = facts
  const problem = `cannot publish to ${dir}: ${reason}. ${whoAndWhose(facts)}`
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return { code: 'PM1208', text: mayWrite(facts) ? problem : `${problem}\n${groupOf(facts)}` }
    case 'EROFS':
      return { code: 'PM1209', text: `${problem}\n${writableVolume(dir)}` }
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 'PM1210', text: `${problem} The volume, or the quota on it, is full.` }
    case 'ENOENT':
      if (facts.directory === undefined) return { code: 'PM1211', text: `${problem}\n${writableVolume(dir)}` }
      return { code: 'PM1211', text: problem }
    default:
      return { code: 'PM1211', text: problem }
  }
}

function whoAndWhose({ dir, directory, process: { uid, gid, groups } }: WriteFacts): string {
  const others = groups.filter((group) => group !== gid)
  const who = `This process is uid ${uid}, gid ${gid}${others.length > 0 ? `, groups ${others.join(' ')}` : ''}`
  if (directory === undefined) return `${who}; ${dir} does not exist.`
  return `${who}; ${dir} belongs to uid ${directory.uid}, gid ${directory.gid} and has mode ${octal(directory.mode)}.`
}

/** Whether the mode alone would let the process write; if so, something else forbids it, and we do not know what. */
function mayWrite({ directory, process: { uid, gid, groups } }: WriteFacts): boolean {
  if (directory === undefined || uid === 0) return true
  const allows = (shift: number): boolean => ((directory.mode >> shift) & 0o3) === 0o3
  if (uid === directory.uid) return allows(6)
  if (gid === directory.gid || groups.includes(directory.gid)) return allows(3)
  return allows(0)
}

function groupOf({ process: { gid } }: WriteFacts): string {
  return [
    'Let the volume belong to a group of this process, in the spec of the Pod:',
    '  securityContext:',
    `    fsGroup: ${gid}`,
    '    fsGroupChangePolicy: OnRootMismatch',
  ].join('\n')
}

function writableVolume(dir: string): string {
  return [
    'Mount a volume there that can be written, in the spec of the Pod (readOnlyRootFilesystem may stay):',
    '  containers:',
    '    - volumeMounts:',
    `        - { name: published, mountPath: ${dir} }`,
    '  volumes:',
    '    - { name: published, emptyDir: {} }',
  ].join('\n')
}
