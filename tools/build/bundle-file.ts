/**
 * Makes one ES module of a program and all that it imports. Dynamic imports stay lazy inside it: what a verb or a
 * config does not use is in the file but is not run.
 */
import { type OutputChunk, rolldown } from 'rolldown'
import { asciiOnly } from './ascii-only.ts'
import { lazyBuiltins } from './lazy-builtins.ts'
import { withoutUnusedParts } from './unused-parts.ts'

export interface BundledFile {
  /** Minified ASCII, without the first line `#!`. */
  readonly code: string
  /** Paths of the modules that went into it. */
  readonly moduleIds: readonly string[]
}

/**
 * @param entry path of the program's main module
 * @param constants expressions that take the place of free names: `{ VERSION: '"1.2.3"' }`
 * @throws Error when an import cannot be bundled: where the file runs there is no node_modules to find it in
 */
export async function bundleFile(entry: string, constants: Readonly<Record<string, string>>): Promise<BundledFile> {
  const build = await rolldown({
    input: entry,
    platform: 'node',
    plugins: [lazyBuiltins, withoutUnusedParts],
    transform: { define: { ...constants } },
    onLog: (level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
      if (level === 'warn') console.warn(log.message)
    },
  })
  try {
    const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false, comments: false })
    const [chunk, ...rest] = output
    if (rest.length > 0)
      throw new Error(`one file was expected, found ${output.map((file) => file.fileName).join(', ')}`)
    return { code: asciiOnly(withoutHashbang(chunk)), moduleIds: chunk.moduleIds }
  } finally {
    await build.close()
  }
}

const withoutHashbang = (chunk: OutputChunk): string => chunk.code.replace(/^#![^\n]*\n/, '')
