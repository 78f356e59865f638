/**
 * Which names a file in a volume may have. Keys come from configuration and from remote sources; these rules are
 * why a key cannot leave its volume.
 */

/** The limits of Linux, in bytes, which the kubelet checks too. */
const elementBytesMax = 255
const keyBytesMax = 4096

/**
 * Says what is wrong with `key` as the name of a file in a volume, by the kubelet's own rules: relative, no `.` or
 * `..` in the path, not beginning with `..`, at most 255 bytes per element and 4096 in all.
 * @returns a phrase that follows the key, such as `is an absolute path`; undefined when the key is fine. Never throws.
 */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty'
  if (key.includes('\0')) return 'contains a NUL byte'
  if (key.startsWith('/')) return 'is an absolute path'
  if (key.startsWith('..')) return 'begins with "..", which is reserved for the volume itself'
  if (Buffer.byteLength(key) > keyBytesMax) return `is longer than ${keyBytesMax} bytes`
  const elements = key.split('/')
  if (elements.includes('')) return 'has an empty path element'
  if (elements.includes('.') || elements.includes('..')) return 'has "." or ".." as a path element'
  if (elements.some((element) => Buffer.byteLength(element) > elementBytesMax)) {
    return `has a path element longer than ${elementBytesMax} bytes`
  }
  return undefined
}

/** The first of `keys` that would have to be a file and a directory at once, as `a` would beside `a/b`. */
export function keyThatIsAlsoADirectory(keys: Iterable<string>): string | undefined {
  const all = new Set(keys)
  return [...all].flatMap(directoriesOf).find((directory) => all.has(directory))
}

/** Every directory that `key` needs, outermost first: `a/b/c` needs `a` and `a/b`. */
export function directoriesOf(key: string): string[] {
  const elements = key.split('/').slice(0, -1)
  return elements.map((_, index) => elements.slice(0, index + 1).join('/'))
}
