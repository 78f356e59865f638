/** One hash over many files, to tell whether what was made from them is still up to date. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * sha256 in hex over the names and bytes of files; of a folder, over all files below it, but for those that `skip` names.
 * @param root names are taken relative to it, so that two checkouts of the same sources agree
 */
export function sourceHash(
  root: string,
  paths: readonly string[],
  skip: (name: string) => boolean = () => false,
): string {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesBelow(path, skip)).sort()) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesBelow(path: string, skip: (name: string) => boolean): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !skip(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name), skip) : [join(path, entry.name)]))
}
