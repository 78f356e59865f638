/**
 * Says what is wrong with `key` as the name of a file in a volume, by the kubelet's own rules: relative, no `.` or
 * `..` in the path, not beginning with `..`, at most 255 bytes per element and 4096 in all.
 * @returns a phrase such as `leaves the directory`; undefined when the key is fine. Never throws.
 */
export function keyProblem(_key: string): string | undefined {
  throw new Error('signature only; the body follows')
}
