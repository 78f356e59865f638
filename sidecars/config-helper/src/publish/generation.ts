/**
 * A generation: everything that an output shows at one moment. It is published, acknowledged, rolled back and
 * refused as a whole, under one hash.
 */
import { createHash } from 'node:crypto'
import { contentHash } from '@podmates/shared/volume/content-hash.ts'

/** Everything that is published together. */
export interface Generation {
  /** sha256, hex, over names and contents: the same as that of a volume with these files. */
  readonly hash: string
  /** Content by name, never empty. The first is the file that `{{ hash }}` speaks of. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** @param files at least one */
export function generationOf(files: ReadonlyMap<string, Uint8Array>): Generation {
  return { hash: contentHash(files), files }
}

/**
 * The hash of one file as an app computes it from what it reads: sha256 of the bytes, in hex.
 * @param name default: the first file of the generation
 * @returns undefined when the generation has no such file
 */
export function fileHash(generation: Generation, name?: string): string | undefined {
  const bytes = generation.files.get(name ?? firstOf(generation.files.keys()) ?? '')
  return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex')
}

/** Enough of a hash for a log line or a status: 12 hex digits. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12)
}

function firstOf(names: Iterable<string>): string | undefined {
  for (const name of names) return name
  return undefined
}
