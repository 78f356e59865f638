/** `app/base.yaml`: a file of a source, as the configuration names it. */
import { type ValueType, valueType } from '@podmates/shared/config/value-type.ts'
import { keyProblem } from '@podmates/shared/volume/volume-key.ts'

/** Where one file comes from. */
export interface Reference {
  /** A name under `sources`. */
  readonly source: string
  /** The file's path inside the source: `base.yaml`, `certs/tls.key`. */
  readonly key: string
}

/** Reads `app/base.yaml`; the source ends at the first slash. @returns undefined when it is no reference. Never throws. */
export function parseReference(text: string): Reference | undefined {
  const slash = text.indexOf('/')
  if (slash < 1) return undefined
  const key = text.slice(slash + 1)
  return keyProblem(key) === undefined ? { source: text.slice(0, slash), key } : undefined
}

/** `app/base.yaml` again. */
export function formatReference({ source, key }: Reference): string {
  return `${source}/${key}`
}

/** A file of a source in the configuration. */
export function reference(): ValueType<Reference> {
  return valueType({
    name: 'source file',
    expects: 'a file of a source, such as app/base.yaml',
    read: (input) => {
      const value = parseReference(String(input))
      return value === undefined ? { ok: false } : { ok: true, value }
    },
    format: formatReference,
    json: { type: 'string', pattern: '^[^/]+/.' },
    names: { block: 'sources', expected: 'a file of a source that exists', nameIn: ({ source }) => source },
  })
}
