/** Text with a form: never empty, absolute paths, URLs. */
import { type ValueType, valueType } from '../value-type.ts'

/** Text that is not empty, 64 KiB at most. Interpolated numbers stay the text they were. */
export function text(): ValueType<string> {
  return ofForm('text', 'text', { type: 'string', minLength: 1 }, (input) => input !== '' && input.length <= 65_536)
}

/** Text of one form. @param expects what is right, as a noun with an example */
export function textLike(pattern: RegExp, expects: string): ValueType<string> {
  return ofForm('text', expects, { type: 'string', pattern: pattern.source }, (input) => pattern.test(input))
}

/** An absolute path of a file or directory, or a pattern of such paths. @param example for messages */
export function absolutePath({ example = '/etc/app.yaml' } = {}): ValueType<string> {
  return ofForm(
    'path',
    `an absolute path such as ${example}`,
    { type: 'string', pattern: '^/' },
    (input) => input.startsWith('/') && !input.includes('\0'),
  )
}

/** An `http://` or `https://` URL, kept as it was written. */
export function httpUrl(): ValueType<string> {
  return urlOf(['http', 'https'])
}

/** A URL of one of these schemes, kept as it was written. @param schemes without the colon */
export function urlOf(schemes: readonly string[]): ValueType<string> {
  const expects = `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  return ofForm('URL', expects, { type: 'string', pattern: `^(${schemes.join('|')})://.` }, (input) => {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(input)?.[1]?.toLowerCase()
    return scheme !== undefined && schemes.includes(scheme) && URL.canParse(input)
  })
}

function ofForm(
  name: string,
  expects: string,
  json: Readonly<Record<string, unknown>>,
  fits: (input: string) => boolean,
): ValueType<string> {
  return valueType({
    name,
    expects,
    read: (input) => (typeof input === 'string' && fits(input) ? { ok: true, value: input } : { ok: false }),
    format: (value) => value,
    json,
  })
}
