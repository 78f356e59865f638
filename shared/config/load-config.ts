/**
 * From the text of a configuration to a typed value, or to every problem with its place. The stages: text, tree
 * (YAML, `${...}`), schema, names, checks of the whole. A stage that fails still lets the next one speak where it can; only
 * the checks of the whole need a value that the schema has accepted, and so what they find may come with the next load.
 */
import type * as v from 'valibot'
import { takeApiVersion } from './api-version.ts'
import type { ConfigNode, MapNode } from './config-tree.ts'
import type { AnySchema } from './custom-schema.ts'
import type { ConfigDefinition, Report } from './define-config.ts'
import { effectiveConfig } from './effective-config.ts'
import { explainIssue, explainRefusal, missingSpaceHint } from './explain-refusal.ts'
import type { Finding } from './finding.ts'
import { problemsShownMax } from './format-problems.ts'
import { type ConfigWorld, reasonOf } from './interpolation.ts'
import { reportUnknownNames } from './names.ts'
import { createProblem, type Problem, problemOfFile, type Secrets } from './problem.ts'
import { runSchema } from './run-schema.ts'
import { secretKeysOf, secretRanges, secretsIn } from './secret-places.ts'
import { type ConfigSource, configBytesMax, openSource, type Source } from './source.ts'
import { type ReadTree, readTree } from './yaml-tree.ts'

export type { ConfigSource, ConfigWorld }

/** A configuration that a sidecar can run with. */
export interface LoadedConfig<Value> {
  readonly ok: true
  readonly value: Value
  /** The effective config as YAML, with all defaults and without secrets. */
  readonly printable: string
  /** 12 hex digits; the same for configs that mean the same, whatever their secrets are. */
  readonly hash: string
  /** What is allowed and cannot have been meant, in the order of the file. */
  readonly warnings: readonly Problem[]
  /** Every secret in the config, for the redaction list of the log. */
  readonly secrets: readonly string[]
}

/** A configuration that no sidecar may run with. */
export interface RefusedConfig {
  readonly ok: false
  /** At least one, in the order of the file. */
  readonly problems: readonly Problem[]
}

export type ConfigResult<Schema extends AnySchema> = LoadedConfig<v.InferOutput<Schema>> | RefusedConfig

/** Loads a configuration. Never throws for what stands in it. */
export function loadConfig<Schema extends AnySchema>(
  definition: ConfigDefinition<Schema>,
  configSource: ConfigSource,
  world: ConfigWorld,
): ConfigResult<Schema> {
  const { source, finding } = openSource(configSource)
  const isSecretKey = secretKeysOf(definition.schema)
  const everything: Secrets = { known: [], unread: [{ from: 0, to: source.text.length }], isSecretKey }
  if (finding !== undefined) return refused(source, [finding], everything)
  const { root, findings, unread } = readTree(source, world)
  if (root === undefined) return refused(source, findings.length > 0 ? findings : [emptyFile(definition)], everything)
  if (root.kind !== 'map')
    return refused(source, findings.length > 0 ? findings : [noBlock(root, definition.schema)], everything)
  return loadTree(definition, source, { root, findings, unread })
}

/** What to do when there is no file: most sidecars need one, some do useful work without. */
export interface ConfigFile {
  readonly file: string
  /** `defaults`: where a sidecar can work without a config, it does so when the file is not there. */
  readonly ifMissing: 'refuse' | 'defaults'
}

/** Loads a configuration from a file. Never throws. */
export function loadConfigFile<Schema extends AnySchema>(
  definition: ConfigDefinition<Schema>,
  { file, ifMissing }: ConfigFile,
  world: ConfigWorld,
): ConfigResult<Schema> {
  let text: Uint8Array
  try {
    text = world.readFile(file, configBytesMax)
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (isMissing && ifMissing === 'defaults' && definition.minimal === undefined) {
      return loadConfig(definition, { file, text: '{}' }, world)
    }
    const hint = isMissing ? minimalHint(definition) : {}
    return {
      ok: false,
      problems: [problemOfFile(file, { code: 'PM0101', sentence: `cannot be read: ${reasonOf(error)}`, ...hint })],
    }
  }
  return loadConfig(definition, { file, text }, world)
}

function refused(source: Source, findings: readonly Finding[], secrets: Secrets): RefusedConfig {
  return { ok: false, problems: problemsOf(source, findings, secrets) }
}

function problemsOf(source: Source, findings: readonly Finding[], secrets: Secrets): Problem[] {
  return withoutRepeated(findings)
    .toSorted((a, b) => (a.range?.from ?? 0) - (b.range?.from ?? 0))
    .map((finding, index) => createProblem(source, finding, index < problemsShownMax ? secrets : undefined))
}

/** A value that aliases share is wrong once, however many paths lead to it. */
function withoutRepeated(findings: readonly Finding[]): Finding[] {
  const paths = new Map<string, string>()
  return findings.filter(({ code, path, range }) => {
    // All keys that a block lacks are missing at one place.
    const missing = code === 'PM0108' ? path.at(-1) : undefined
    const mistake = JSON.stringify([code, range?.from, missing])
    const way = JSON.stringify(path)
    if (!paths.has(mistake)) paths.set(mistake, way)
    return paths.get(mistake) === way
  })
}

function emptyFile(definition: ConfigDefinition): Finding {
  const hint = definition.minimal === undefined ? { hint: 'write {} for all defaults' } : minimalHint(definition)
  return {
    code: 'PM0117',
    path: [],
    sentence: 'the file is empty',
    expected: 'a block of keys',
    found: 'nothing',
    ...hint,
  }
}

function minimalHint({ minimal }: ConfigDefinition): { hint?: string } {
  return minimal === undefined ? {} : { hint: `the least that is needed:\n${minimal.trimEnd()}` }
}

function noBlock(root: ConfigNode, schema: AnySchema): Finding {
  const found = root.kind === 'list' ? 'a list' : root.kind === 'scalar' && root.value === null ? 'nothing' : 'text'
  const hint = missingSpaceHint(schema, root)
  return {
    code: 'PM0110',
    path: [],
    sentence: `expected a block of keys, found ${found}`,
    expected: 'a block of keys',
    found,
    range: root.range,
    ...(hint === undefined ? {} : { hint }),
  }
}

function loadTree<Schema extends AnySchema>(
  definition: ConfigDefinition<Schema>,
  source: Source,
  read: ReadTree & { readonly root: MapNode },
): ConfigResult<Schema> {
  const { root, finding } = takeApiVersion(read.root)
  const findings = [...read.findings, ...(finding === undefined ? [] : [finding])]
  const { schema } = definition
  const { value, result } = runSchema(schema, root)
  const subject = { schema, root, value }
  for (const issue of result.issues ?? []) findings.push(...explainIssue(subject, issue))
  const report: Report = (path, refusal) => {
    findings.push(...explainRefusal(subject, path, { code: 'PM0201', ...refusal }))
  }
  reportUnknownNames(subject, report)
  if (result.success) definition.check?.(result.output, report)
  const secrets = (): Secrets => {
    return { known: secretRanges(root, schema, value), unread: read.unread, isSecretKey: secretKeysOf(schema) }
  }
  if (!result.success || findings.length > 0) return refused(source, findings, secrets())
  const warned: Finding[] = []
  definition.warn?.(result.output, (path, warning) => warned.push(...explainRefusal(subject, path, warning)))
  const effective = effectiveConfig(schema, value, root)
  return {
    ok: true,
    value: result.output,
    hash: effective.hash,
    warnings: warned.length === 0 ? [] : problemsOf(source, warned, secrets()),
    secrets: secretsIn(root, schema, value),
    get printable() {
      return effective.printable
    },
  }
}
