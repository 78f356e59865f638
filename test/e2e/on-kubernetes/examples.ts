/** The shipped examples as objects, and changes that a scenario makes to them on purpose. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PodTemplate, readObjects, withPods } from '../../kube/manifest.ts'
import type { KubeObject } from '../../kube/objects.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'k8s', 'examples')

/** `k8s/examples/checkout.yaml`: the app with all four sidecars. */
export const checkoutExample = (): KubeObject[] => example('checkout.yaml')

/** `k8s/examples/inventory.yaml`: the service that it calls. @param behaviour how the inventory misbehaves */
export function inventoryExample(behaviour?: object): KubeObject[] {
  const objects = example('inventory.yaml')
  if (behaviour === undefined) return objects
  const env = [{ name: 'BEHAVIOUR', value: JSON.stringify(behaviour) }]
  return changedPods(objects, ({ spec, ...template }) => ({
    ...template,
    spec: { ...spec, containers: spec.containers.map((container) => ({ ...container, env })) },
  }))
}

function example(file: string): KubeObject[] {
  return readObjects(readFileSync(join(folder, file), 'utf8'), `k8s/examples/${file}`)
}

export function changedPods(
  objects: readonly KubeObject[],
  change: (template: PodTemplate) => PodTemplate,
): KubeObject[] {
  return withPods(objects, change)
}

/** The object of a kind and name. @throws Error when the example no longer has it */
export function objectOf(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const object = objects.find((each) => each.kind === kind && each.metadata.name === name)
  if (object === undefined) throw new Error(`the example no longer has the ${kind} ${name}`)
  return object
}

/** Replaces objects of the same kind and name. */
export function withObject(objects: readonly KubeObject[], changed: KubeObject): KubeObject[] {
  return objects.map((each) =>
    each.kind === changed.kind && each.metadata.name === changed.metadata.name ? changed : each,
  )
}

/** A Deployment with another number of Pods. */
export function withReplicas(deployment: KubeObject, replicas: number): KubeObject {
  const { spec } = deployment as KubeObject & { readonly spec: object }
  return { ...deployment, spec: { ...spec, replicas } } as KubeObject
}
