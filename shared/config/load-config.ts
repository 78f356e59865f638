/** From the text of a configuration to a typed value, or to every problem with its place. */

import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { LineCounter, parseDocument, stringify } from 'yaml'
import type { AnySchema } from './custom-schema.ts'
import type { ConfigDefinition } from './define-config.ts'
import type { Problem } from './problem.ts'
import { refusalOf } from './refusal.ts'

export interface ConfigSource {
  /** As the user named it; stands in every message. */
  readonly file: string
  /** The content. Bytes are checked to be UTF-8. */
  readonly text: string | Uint8Array
}

export interface ConfigWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a file that `${file:/path}` names, at most `bytesMax + 1` bytes of it. Throws what the system says. */
  readonly readFile: (path: string, bytesMax: number) => Uint8Array
}

export interface LoadedConfig<Value> {
  readonly ok: true
  readonly value: Value
  /** The effective config as YAML, with all defaults and without secrets. */
  readonly printable: string
  /** 12 hex digits; the same for configs that mean the same, whatever their secrets are. */
  readonly hash: string
  /** Every secret in the config, for the redaction list of the log. */
  readonly secrets: readonly string[]
}

export interface RefusedConfig {
  readonly ok: false
  readonly problems: readonly Problem[]
}

/** Loads a configuration. Never throws for what stands in it. */
export function loadConfig<Schema extends AnySchema>(
  definition: ConfigDefinition<Schema>,
  source: ConfigSource,
  _world: ConfigWorld,
): LoadedConfig<v.InferOutput<Schema>> | RefusedConfig {
  const lines = new LineCounter()
  const text = typeof source.text === 'string' ? source.text : new TextDecoder().decode(source.text)
  const document = parseDocument(text, { lineCounter: lines })
  const raw: unknown = document.toJS() ?? {}
  const result = v.safeParse(definition.schema, raw)
  if (result.success) {
    const printable = stringify(raw)
    const hash = createHash('sha256').update(printable).digest('hex').slice(0, 12)
    return { ok: true, value: result.output, printable, hash, secrets: [] }
  }
  const problems = result.issues.map((issue): Problem => {
    const refusal = refusalOf(issue)
    const path = (issue.path ?? []).map((item) => item.key)
    return {
      code: refusal?.code ?? 'PM0110',
      file: source.file,
      line: 1,
      column: 1,
      path: path.join('.'),
      message: `${path.join('.')}: ${issue.message}`,
    }
  })
  return { ok: false, problems }
}
