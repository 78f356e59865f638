/** One volume of the Pod, from the API's form to the runner's. */
import type { ApiVolume } from './api-schema.ts'
import { readResourceField, type Surroundings } from './container-spec.ts'
import type { ProjectedField, ProjectedKey, Projection, Volume } from './pod-manifest.ts'
import type { Spot } from './reading.ts'

/** rw-r--r--, as Kubernetes has it. */
const modeDefault = 0o644

type Around = Pick<Surroundings, 'requireObject'>

export function readVolume(api: ApiVolume, around: Around, spot: Spot): Volume {
  const { name } = api
  if (api.hostPath !== undefined) return { kind: 'hostPath', name, path: api.hostPath.path }
  if (api.configMap !== undefined) {
    const { defaultMode: mode = modeDefault, ...source } = api.configMap
    return { kind: 'projected', name, mode, sources: [readObject('configMap', source, around, spot.at('configMap'))] }
  }
  if (api.secret !== undefined) {
    const { defaultMode: mode = modeDefault, secretName, ...source } = api.secret
    const named = { ...source, name: secretName }
    return { kind: 'projected', name, mode, sources: [readObject('secret', named, around, spot.at('secret'))] }
  }
  if (api.downwardAPI !== undefined) {
    const { defaultMode: mode = modeDefault, items } = api.downwardAPI
    return { kind: 'projected', name, mode, sources: [readFields(items, spot.at('downwardAPI'))] }
  }
  if (api.projected !== undefined) {
    const { defaultMode: mode = modeDefault, sources } = api.projected
    return { kind: 'projected', name, mode, sources: readSources(sources, around, spot.at('projected', 'sources')) }
  }
  if (api.emptyDir === undefined) spot.at(kindOf(api)).leftOut('the volume is an empty directory')
  return { kind: 'emptyDir', name }
}

/** The key that says what the volume is, where the runner does not know it. */
function kindOf(api: ApiVolume): string {
  return Object.keys(api).find((key) => key !== 'name') ?? 'name'
}

type ApiSources = NonNullable<ApiVolume['projected']>['sources']

function readSources(sources: ApiSources, around: Around, spot: Spot): Projection[] {
  return sources.flatMap(({ configMap, secret, downwardAPI }, at) => {
    if (configMap !== undefined) return [readObject('configMap', configMap, around, spot.at(at, 'configMap'))]
    if (secret !== undefined) return [readObject('secret', secret, around, spot.at(at, 'secret'))]
    if (downwardAPI !== undefined) return [readFields(downwardAPI.items, spot.at(at, 'downwardAPI'))]
    return []
  })
}

interface ApiObjectSource {
  readonly name: string
  readonly optional: boolean
  readonly items?:
    | readonly { readonly key: string; readonly path: string; readonly mode?: number | undefined }[]
    | undefined
}

function readObject(from: 'configMap' | 'secret', api: ApiObjectSource, around: Around, spot: Spot): Projection {
  const { name, optional } = api
  if (!optional && around.requireObject({ kind: from, name }, spot)) {
    for (const [at, { key }] of (api.items ?? []).entries()) {
      around.requireObject({ kind: from, name, key }, spot.at('items', at))
    }
  }
  const items = api.items?.map(({ key, path, mode }, at): ProjectedKey => {
    if (mode !== undefined) spot.at('items', at, 'mode').leftOut('the file has the mode of its volume')
    return { key, path }
  })
  return { from, name, optional, ...(items && { items }) }
}

type ApiFields = NonNullable<ApiVolume['downwardAPI']>['items']

function readFields(items: ApiFields, spot: Spot): Projection {
  return {
    from: 'downwardAPI',
    items: items.flatMap(({ path, fieldRef, resourceFieldRef, mode }, at): ProjectedField[] => {
      if (mode !== undefined) spot.at('items', at, 'mode').leftOut('the file has the mode of its volume')
      if (fieldRef !== undefined) return [{ path, source: { from: 'field', path: fieldRef.fieldPath } }]
      if (resourceFieldRef !== undefined) return [{ path, source: readResourceField(resourceFieldRef) }]
      spot.at('items', at).problem('expected fieldRef or resourceFieldRef, found neither')
      return []
    }),
  }
}
