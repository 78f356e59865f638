/** How the path of a route is written in the configuration; what it matches is in `route-table.ts`. */
import { type ValueType, valueType } from '@podmates/shared/config/value-type.ts'

const pattern = /^\/(?:[^*?#]*|(?:[^*?#]*\/)?\*)$/

/** An exact path, or one that ends with `/*`: a star in any other place would be taken for itself and never match. */
export function routePath(): ValueType<string> {
  return valueType({
    name: 'text',
    expects: 'an exact path such as /v1/items, or /v1/* for all below /v1',
    read: (input) => {
      if (typeof input !== 'string') return { ok: false }
      if (pattern.test(input)) return { ok: true, value: input }
      return input.includes('*') ? { ok: false, hint: 'a * can only be the last segment, as in /v1/*' } : { ok: false }
    },
    format: (value) => value,
    json: { type: 'string', pattern: pattern.source },
  })
}
