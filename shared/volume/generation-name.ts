/**
 * The names of published generations, `..gen-000002-0640-3fa9c1b2d4e5`: a number that only grows, the mode of the
 * files, and the beginning of the content's hash. A name is never used twice, so a reader that finds `..data` unmoved
 * has read one generation and no other.
 */

/** What a generation's name tells. */
export interface GenerationName {
  readonly name: string
  /** 1.., in the order of publication. */
  readonly sequence: number
  readonly mode: number
}

/** @param sequence 1..999_999_999_999_999; six digits at least, so that `ls` shows the order up to a million */
export function generationName(sequence: number, mode: number, hash: string): string {
  return `..gen-${String(sequence).padStart(6, '0')}-${octal(mode)}-${hash.slice(0, 12)}`
}

/** @returns undefined for any name that `generationName` does not make */
export function parseGenerationName(name: string): GenerationName | undefined {
  const [, sequence = '', mode = ''] = /^\.\.gen-(\d{6,15})-([0-7]{4})-[0-9a-f]{12}$/.exec(name) ?? []
  return sequence === '' ? undefined : { name, sequence: Number(sequence), mode: Number.parseInt(mode, 8) }
}

/** The generations among the names of a directory, newest first. */
export function generationsAmong(names: Iterable<string>): GenerationName[] {
  return [...names].flatMap((name) => parseGenerationName(name) ?? []).sort((a, b) => b.sequence - a.sequence)
}

/**
 * Which generations have had their time.
 * @param generations newest first
 * @param pinned stay in any case, and count: the current one and the one that a rollback leads to
 * @param keep how many stay in all
 */
export function generationsToDrop(
  generations: readonly GenerationName[],
  { pinned, keep }: { pinned: ReadonlySet<string | undefined>; keep: number },
): string[] {
  const names = generations.map(({ name }) => name)
  const free = names.filter((name) => !pinned.has(name))
  return free.slice(Math.max(0, keep - (names.length - free.length)))
}

/** `0640`, as people write modes. */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
