/** The command line of a script that knows a few switches and nothing else. */

/** The switches that were given, or one line on what was not understood. */
export type Flags<Name extends string> = { readonly given: ReadonlySet<Name> } | { readonly mistake: string }

/**
 * Reads switches such as `--check`. An unknown one is a mistake, never ignored: who misspelt `--check` had the
 * files written.
 * @param known with their dashes
 */
export function readFlags<const Name extends string>(args: readonly string[], known: readonly Name[]): Flags<Name> {
  const given = new Set<Name>()
  for (const arg of args) {
    const name = known.find((each) => each === arg)
    if (name === undefined) return { mistake: `expected nothing or ${known.join(', ')}, found "${arg}"` }
    given.add(name)
  }
  return { given }
}

/** For a script's own command line: a mistake is told in one line and ends it with exit code 2. */
export function flagsOrExit<const Name extends string>(
  known: readonly Name[],
  args: readonly string[] = process.argv.slice(2),
): ReadonlySet<Name> {
  const flags = readFlags(args, known)
  if ('given' in flags) return flags.given
  console.error(flags.mistake)
  process.exit(2)
}
