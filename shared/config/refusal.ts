/**
 * How a schema says no. A refusal knows what was expected but not where it stands: the loader adds the
 * place, the source line and what was found. It travels through valibot as the `requirement` of an issue.
 */
import type * as v from 'valibot'
import type { ErrorCode } from '../errors/catalogue.ts'

/** Why a schema, or a check of the whole, does not accept a value. */
export interface Refusal {
  readonly code: ErrorCode
  /** What would have been right, as a noun: `a duration such as 250ms, 5s or 1m`. */
  readonly expected?: string
  /** The whole sentence, where "expected ..., found ..." does not fit: `unknown key "retires"`. */
  readonly sentence?: string
  /** What to write instead. Only when it is certain: a wrong hint is worse than none. */
  readonly hint?: string
  /** All words that are allowed at this place; the loader offers the nearest one if it is near enough. */
  readonly allowed?: readonly string[]
  /** In place of `expected`: keys of which one is needed; the loader leaves out those that are not built yet. */
  readonly oneOf?: readonly string[]
  /** What the mark stands under: the key (unknown, not supported) or the value (the default). */
  readonly mark?: 'key' | 'value'
}

const refusalType = 'podmates_refusal'

/** Adds a refusal to what a schema returns. @param key the entry that it is about; without it, the value itself */
export function refuse<T extends v.UnknownDataset | v.OutputDataset<unknown, v.BaseIssue<unknown>>>(
  dataset: T,
  refusal: Refusal,
  key?: string,
): T {
  const input = dataset.value
  const issue: v.BaseIssue<unknown> = {
    kind: 'schema',
    type: refusalType,
    input,
    expected: refusal.expected ?? null,
    received: '',
    message: refusal.sentence ?? `expected ${refusal.expected}`,
    requirement: refusal,
    ...(key === undefined
      ? {}
      : { path: [{ type: 'unknown', origin: refusal.mark ?? 'value', input, key, value: undefined }] }),
  }
  return addIssues(dataset, [issue])
}

/** Adds issues to a dataset, in place: a file of nothing but errors must not copy the list for each of them. */
export function addIssues<T extends object>(dataset: T, issues: readonly v.BaseIssue<unknown>[]): T {
  const known = (dataset as { issues?: v.BaseIssue<unknown>[] }).issues
  if (known === undefined) return Object.assign(dataset, { typed: false, issues: [...issues] })
  for (const issue of issues) known.push(issue)
  return Object.assign(dataset, { typed: false })
}

/** The refusal inside an issue; undefined for valibot's own issues. */
export function refusalOf(issue: v.BaseIssue<unknown>): Refusal | undefined {
  return issue.type === refusalType ? (issue.requirement as Refusal) : undefined
}
