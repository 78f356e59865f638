/** Looks at the files of a generation before anybody else sees them: what does not parse is never published. */
import { type Fault, placeOf } from '../render/fault.ts'
import { type Flaw, type Parsed, parseJson, parseUtf8, parseYaml } from '../render/parse-text.ts'
import { envFlaw } from './env-format.ts'
import { propertiesFlaw } from './properties-format.ts'

export const textFormats = ['yaml', 'json', 'env', 'properties'] as const
export type TextFormat = (typeof textFormats)[number]

/** One check of `validate`; `auto` goes by the ending of each file's name and leaves unknown endings alone. */
export interface FormatCheck {
  readonly format: TextFormat | 'auto'
}

/** @returns every file that fails a check; empty when all is well */
export function validate(files: ReadonlyMap<string, Uint8Array>, checks: readonly FormatCheck[]): readonly Fault[] {
  return checks.flatMap(({ format }) => [...files].flatMap(([name, bytes]) => checkFile(name, bytes, format)))
}

const formatOfEnding: Readonly<Record<string, TextFormat>> = {
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  env: 'env',
  properties: 'properties',
}

function checkFile(name: string, bytes: Uint8Array, format: FormatCheck['format']): Fault[] {
  const known = format === 'auto' ? formatOfEnding[name.slice(name.lastIndexOf('.') + 1)] : format
  const flaw = known === undefined ? undefined : flawOf(bytes, known)
  return flaw === undefined ? [] : [{ code: 'PM3004', message: `${placeOf(name, flaw.place)} ${flaw.reason}` }]
}

function flawOf(bytes: Uint8Array, format: TextFormat): Flaw | undefined {
  const text = parseUtf8(bytes)
  if (!text.ok) return text
  switch (format) {
    case 'yaml':
      return failed(parseYaml(text.value))
    case 'json':
      return failed(parseJson(text.value))
    case 'env':
      return envFlaw(text.value)
    case 'properties':
      return propertiesFlaw(text.value)
  }
}

function failed(parsed: Parsed<unknown>): Flaw | undefined {
  return parsed.ok ? undefined : parsed
}
