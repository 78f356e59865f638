/**
 * The types of plain scalars (YAML 1.2.2, section 10.3.2 "Core Schema"), with one difference: a number with a
 * leading zero, `0o` or `0x` stays text. People read `0640` as octal, YAML as 640; only a file mode may say.
 */
import type { Scalar } from './config-tree.ts'

const types: readonly { readonly pattern: RegExp; readonly read: (text: string) => Scalar }[] = [
  { pattern: /^(null|Null|NULL|~|)$/, read: () => null },
  { pattern: /^(true|True|TRUE)$/, read: () => true },
  { pattern: /^(false|False|FALSE)$/, read: () => false },
  { pattern: /^[-+]?0[0-9]+$/, read: (text) => text },
  { pattern: /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/, read: Number },
  { pattern: /^\+?\.(inf|Inf|INF)$/, read: () => Number.POSITIVE_INFINITY },
  { pattern: /^-\.(inf|Inf|INF)$/, read: () => Number.NEGATIVE_INFINITY },
  { pattern: /^\.(nan|NaN|NAN)$/, read: () => Number.NaN },
]

/** Gives a plain scalar its type. Never throws. */
export function plainScalar(text: string): Scalar {
  const type = types.find(({ pattern }) => pattern.test(text))
  return type === undefined ? text : type.read(text)
}
