/** Manifests as objects, and the few changes that a test makes to the Pods in them before it applies them. */
import { parseAllDocuments } from 'yaml'
import type { KubeObject, PodSpec } from './objects.ts'

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never'

/**
 * @param text one or more YAML documents; a `List` counts as its items
 * @param file for the message
 * @throws Error with `file:line:column` for text that is no YAML, or a document that is no object
 */
export function readObjects(text: string, file: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (!('errors' in document)) return []
    const [mistake] = document.errors
    if (mistake !== undefined) throw new Error(`${file}: ${mistake.message}`)
    const value: unknown = document.toJS()
    if (value === null) return []
    if (!isObject(value)) throw new Error(`${file}: expected Kubernetes objects with kind and metadata.name`)
    return 'items' in value ? (value.items as KubeObject[]) : [value as unknown as KubeObject]
  })
}

function isObject(value: unknown): value is { readonly kind: string; readonly items?: unknown } {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
}

/** The template of a Pod: what a Pod, a Deployment, a Job and a CronJob have in common. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
  }
  readonly spec: PodSpec
}

/** Copies of the objects in which every Pod, whatever made it, was changed. */
export function withPods<Item extends KubeObject>(
  objects: readonly Item[],
  change: (template: PodTemplate, owner: Item) => PodTemplate,
): Item[] {
  return objects.map((object) => {
    if (object.kind === 'Pod') return change(object as unknown as PodTemplate, object) as unknown as Item
    return changeTemplate(object, (template) => change(template, object))
  })
}

/** Goes down `spec` until it stands before a `template` that is one of Pods; everything else stays as it is. */
function changeTemplate<Value>(value: Value, change: (template: PodTemplate) => PodTemplate): Value {
  if (typeof value !== 'object' || value === null || !('spec' in value)) return value
  const spec = value.spec as { readonly template?: PodTemplate; readonly jobTemplate?: unknown } | null
  if (spec?.template?.spec?.containers !== undefined)
    return { ...value, spec: { ...spec, template: change(spec.template) } }
  if (spec?.jobTemplate !== undefined)
    return { ...value, spec: { ...spec, jobTemplate: changeTemplate(spec.jobTemplate, change) } }
  return value
}

/** For clusters that cannot pull, or whose nodes were given the images. */
export function withPullPolicy<Item extends KubeObject>(objects: readonly Item[], policy: PullPolicy): Item[] {
  return withPods(objects, (template) => withContainers(template, (each) => ({ ...each, imagePullPolicy: policy })))
}

/** Changes every container of a template, init containers included. */
export function withContainers(
  template: PodTemplate,
  change: (container: PodSpec['containers'][number]) => PodSpec['containers'][number],
): PodTemplate {
  const { initContainers, containers } = template.spec
  return {
    ...template,
    spec: {
      ...template.spec,
      ...(initContainers !== undefined && { initContainers: initContainers.map(change) }),
      containers: containers.map(change),
    },
  }
}

/** Every image that the objects name, each once, in the order of the files. */
export function imagesOf(objects: readonly KubeObject[]): string[] {
  const images = new Set<string>()
  withPods(objects, (template) =>
    withContainers(template, (container) => {
      if (container.image !== undefined) images.add(container.image)
      return container
    }),
  )
  return [...images]
}
