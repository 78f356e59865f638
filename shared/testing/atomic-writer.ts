/** Writes a volume as the kubelet does, step by step in its own order, so that tests can stand between two steps. */

export type AtomicWriterStep =
  | 'madeDirectory'
  | 'wroteFiles'
  | 'setModes'
  | 'linkedNewData'
  | 'swapped'
  | 'linkedKeys'
  | 'unlinkedKeys'
  | 'removedOld'

export interface AtomicWriterOptions {
  /** Permissions of the files, forced whatever the umask; default 0o644. */
  readonly mode?: number
  /** Called after each step, and waited for. */
  readonly onStep?: (step: AtomicWriterStep) => Promise<void> | void
}

export interface AtomicWriter {
  /**
   * Makes `files` (path -> content) the whole content of the volume.
   * @returns false when nothing differed, and so nothing was written
   */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<boolean>
}

/** @param dir must exist */
export function atomicWriter(_dir: string, _options: AtomicWriterOptions = {}): AtomicWriter {
  throw new Error('signature only; the body follows')
}
