/**
 * A schema meets a tree. `password: ${DB_PASSWORD}` may give a number where text is wanted, because a plain scalar
 * gets its type from its looks: what came from outside and was refused as a number or a flag is tried again as the
 * text that it was.
 */
import * as v from 'valibot'
import { type ConfigNode, plainValueOf, type ScalarNode, scalarsIn } from './config-tree.ts'
import type { AnySchema } from './custom-schema.ts'
import type { Path } from './define-config.ts'

/** What the schema was given in the end, and what it made of it. */
export interface SchemaRun<Schema extends AnySchema> {
  readonly value: unknown
  readonly result: v.SafeParseResult<Schema>
}

/** Runs a schema on a tree. */
export function runSchema<Schema extends AnySchema>(schema: Schema, root: ConfigNode): SchemaRun<Schema> {
  const first = attempt(schema, root, new Set())
  const suspects = [...scalarsIn(root)].filter(({ node, path }) => isRetyped(node) && first.refused.has(keyOf(path)))
  if (suspects.length === 0) return first
  const asText = attempt(schema, root, new Set(suspects.map(({ node }) => node)))
  const better = suspects.filter(({ path }) => !asText.refused.has(keyOf(path)))
  return attempt(schema, root, new Set(better.map(({ node }) => node)))
}

function attempt<Schema extends AnySchema>(schema: Schema, root: ConfigNode, asText: ReadonlySet<ConfigNode>) {
  const value = plainValueOf(root, asText)
  const result = v.safeParse(schema, value)
  return { value, result, refused: new Set((result.issues ?? []).map((issue) => keyOf(pathOf(issue)))) }
}

function isRetyped({ interpolated, value }: ScalarNode): boolean {
  return interpolated !== undefined && typeof value !== 'string'
}

/** Where an issue stands: indexes of lists are numbers, everything else is a key. */
export function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
}

function keyOf(path: Path): string {
  return JSON.stringify(path)
}
