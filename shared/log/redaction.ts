/**
 * What a log line may show. Secrets are hidden twice: by the name of their field, at any depth, and by their
 * value, wherever the configuration's own secrets turn up, an upstream's error message included.
 */
import { isSecretName } from './secret-name.ts'

export const redacted = '[redacted]'

/** Makes log lines fit to be seen. */
export interface Redaction {
  /** Hides these values from now on, in every field and message. */
  hide(secrets: readonly string[]): void
  /** A copy of the fields without secrets: plain values, so that nothing of a class or an Error is lost or shown by chance. */
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown>
  /** A text without the secrets, cut at 8,192 characters. */
  text(text: string): string
  /**
   * A finished line of JSON whose texts are without the secrets. It stays JSON: it is cut nowhere, and its numbers and
   * flags are left alone, as in `fields`, even where the digits of one are a secret.
   */
  line(line: string): string
}

/** Shorter values are not looked for: a password of two letters would black out half of every line. */
const secretLengthMin = 4

/** Limits on one line: a container runtime cuts lines at 16 KiB. */
const textLengthMax = 8192
const depthMax = 6
const entriesMax = 100

/** Texts as they stand in JSON (RFC 8259, section 7), keys too. A secret cut out of one as it is written could begin within an escape. */
const jsonTexts = /"[ !#-[\]-\uFFFF]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[ !#-[\]-\uFFFF]*)*"/g

/** Begins with no secret known; names of fields count from the first line on. */
export function createRedaction(): Redaction {
  let secrets: readonly string[] = []

  return {
    hide(more) {
      const all = new Set([...secrets, ...more.flatMap(spellings)])
      // Longest first: a secret that contains another one must not be left half shown.
      secrets = [...all].filter((each) => each.length >= secretLengthMin).toSorted((a, b) => b.length - a.length)
    },
    fields: (fields) => cleanEntries(fields, 0),
    text,
    line,
  }

  function withoutSecrets(whole: string): string {
    let shown = whole
    for (const secret of secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, redacted)
    return shown
  }

  function line(json: string): string {
    if (secrets.length === 0) return json
    // Where nothing is escaped, texts stand in the line as they are: most lines are through with one search for each secret.
    if (!json.includes('\\') && !secrets.some((secret) => json.includes(secret))) return json
    return json.replace(jsonTexts, (written) => {
      const whole: string = JSON.parse(written)
      const shown = withoutSecrets(whole)
      return shown === whole ? written : JSON.stringify(shown)
    })
  }

  function text(whole: string): string {
    const shown = withoutSecrets(whole)
    return shown.length <= textLengthMax ? shown : `${shown.slice(0, textLengthMax)}[cut]`
  }

  function cleanEntries(entries: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
    const clean: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(entries).slice(0, entriesMax)) {
      clean[name] = isSecretName(name) ? cleanSecret(value) : cleanValue(value, depth)
    }
    return clean
  }

  function cleanValue(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return text(value)
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (depth >= depthMax) return '[deeper]'
    if (value instanceof Error) return cleanEntries(errorFields(value), depth + 1)
    if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`
    if (Array.isArray(value)) return value.slice(0, entriesMax).map((each) => cleanValue(each, depth + 1))
    return cleanEntries(value as Record<string, unknown>, depth + 1)
  }
}

/** Counts and flags are no secrets, whatever their name: `tokens_left: 3`, `password_set: true`. */
function cleanSecret(value: unknown): unknown {
  return typeof value === 'string' || (typeof value === 'object' && value !== null) ? redacted : value
}

/** An error's own properties do not show themselves to JSON. */
function errorFields(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error
  return {
    type: name,
    ...('code' in error ? { code: error.code } : {}),
    message,
    stack,
    ...(cause === undefined ? {} : { cause }),
    ...(error instanceof AggregateError ? { errors: error.errors } : {}),
  }
}

/** A secret as it may turn up inside other texts: in JSON, in a URL, line by line, in an Authorization header. */
function spellings(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    ...(secret.includes('\n') ? secret.split('\n').map((line) => line.trim()) : []),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ]
}
