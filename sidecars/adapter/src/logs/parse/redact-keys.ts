/** Hides the values of keys that name a secret, wherever in a record they stand. */

/**
 * @param keys compared without regard to case, `-` and `_`
 * @returns a function that answers its argument itself when there is nothing to hide
 */
export function redactorFor(keys: readonly string[], replacement: string): <T>(value: T) => T {
  const secret = new Set(keys.map(normalised))
  const isSecret = memoised((key) => secret.has(normalised(key)))

  const redact = (value: unknown): unknown => {
    if (Array.isArray(value)) return mapped(value, redact)
    if (typeof value !== 'object' || value === null) return value
    let changed: Record<string, unknown> | undefined
    for (const [key, inner] of Object.entries(value)) {
      const shown = isSecret(key) ? replacement : redact(inner)
      if (shown !== inner) {
        changed ??= { ...value }
        changed[key] = shown
      }
    }
    return changed ?? value
  }
  return (value) => redact(value) as typeof value
}

function mapped(values: readonly unknown[], each: (value: unknown) => unknown): readonly unknown[] {
  const results = values.map(each)
  return results.some((result, index) => result !== values[index]) ? results : values
}

const normalised = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '')

/** The keys of an app's log are few, and each comes with every line. */
const rememberedMax = 10_000

function memoised(test: (key: string) => boolean): (key: string) => boolean {
  const known = new Map<string, boolean>()
  return (key) => {
    let answer = known.get(key)
    if (answer === undefined) {
      answer = test(key)
      if (known.size < rememberedMax) known.set(key, answer)
    }
    return answer
  }
}
