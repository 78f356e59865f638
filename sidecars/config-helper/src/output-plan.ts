/** From the configuration of an output to what its parts need to know. */
import type { ConfigHelperConfig, OutputConfig } from './config.ts'
import type { DeliveryRules } from './reload/delivery.ts'
import type { HttpReload } from './reload/notify-http.ts'
import type { SignalReload } from './reload/notify-signal.ts'
import type { HttpVerification } from './reload/verify-http.ts'
import { type FileRecipe, type Recipe, sourcesOf } from './render/render.ts'
import type { SettlingRules } from './source/settling.ts'
import type { FormatCheck } from './validate/validate.ts'

/** What the parts of an output need to know, in the words of the parts. */
export interface OutputPlan {
  readonly name: string
  readonly dir: string
  readonly mode: number
  readonly keep: number
  readonly recipe: Recipe
  readonly checks: readonly FormatCheck[]
  readonly settling: SettlingRules
  readonly rules: DeliveryRules
  readonly reload: ReloadPlan
  readonly verification: HttpVerification | undefined
}

export type ReloadPlan =
  | { readonly by: 'nothing' }
  | ({ readonly by: 'http' } & HttpReload)
  | ({ readonly by: 'signal' } & SignalReload)

/** Without `verify`, the time that an app has to answer a reload with a yes. */
const withinMsDefault = 10_000

export function planOutput(name: string, output: OutputConfig, { sources }: ConfigHelperConfig): OutputPlan {
  const recipe = recipeOf(output, Object.keys(sources))
  const withinMs = output.verify?.within ?? withinMsDefault
  const hasSecrets = [...sourcesOf(recipe)].some((source) => sources[source]?.secret)
  const limits = { timeoutMs: withinMs, repeats: hasSecrets ? 'nothing' : 'answers' } as const
  const { verify, reload } = output
  return {
    name,
    dir: output.dir,
    mode: output.mode,
    keep: output.keep,
    recipe,
    checks: output.validate.map(({ format = 'auto' }) => ({ format })),
    settling: { quietMs: output.debounce.quiet, maxMs: output.debounce.max },
    rules: {
      notifies: reload !== undefined,
      verifies: verify !== undefined,
      withinMs,
      onFailure: output.onFailure,
    },
    reload: reloadOf(reload, limits),
    verification: verify && { ...limits, url: verify.http.url, json: verify.http.json, equals: verify.http.equals },
  }
}

function recipeOf({ files }: OutputConfig, sources: readonly string[]): Recipe {
  if (files === undefined) return { from: 'source', source: sources[0] ?? '' }
  const recipes = Object.entries(files).map(([name, { copy, merge = [] }]): [string, FileRecipe] => [
    name,
    copy === undefined ? { make: 'merge', of: merge } : { make: 'copy', of: copy },
  ])
  return { from: 'files', files: new Map(recipes) }
}

function reloadOf(reload: OutputConfig['reload'], limits: Pick<HttpReload, 'timeoutMs' | 'repeats'>): ReloadPlan {
  if (reload?.http !== undefined) return { by: 'http', ...limits, ...reload.http }
  if (reload?.signal === undefined) return { by: 'nothing' }
  const { name, process, pidFile } = reload.signal
  if (pidFile !== undefined) return { by: 'signal', name, to: { by: 'pidFile', pidFile } }
  return { by: 'signal', name, to: { by: 'process', process: process ?? '' } }
}
