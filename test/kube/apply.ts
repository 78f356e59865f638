/** Writes objects into a namespace, as `kubectl apply --server-side` does. */
import type { Kube } from './kube.ts'
import type { KubeObject, Metadata } from './objects.ts'

/** The name under which the cluster notes what we have set. */
const fieldManager = 'podmates-test'

/**
 * Applies objects in their order; one that is there is changed to what the manifest says.
 * @throws ApiRefusal with the server's own reason, such as a field that Pod Security forbids
 */
export async function apply(kube: Kube, namespace: string, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) await applyOne(kube, namespace, object)
}

/** @param options.dryRun asks what would come of it @returns the whole object as the server has it then */
export async function applyOne<Whole>(
  kube: Kube,
  namespace: string,
  object: KubeObject,
  { dryRun }: { readonly dryRun?: 'All' } = {},
): Promise<Whole> {
  return kube.askJson(`${await pathOf(kube, namespace, object)}/${object.metadata.name}`, {
    method: 'PATCH',
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager, force: true, dryRun },
    body: { ...object, metadata: { ...object.metadata, namespace } satisfies Metadata },
  })
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[]
}

/** Path of the list that objects of this kind stand in. @throws Error for a kind that the cluster does not know */
export async function pathOf(kube: Kube, namespace: string, object: KubeObject): Promise<string> {
  const { apiVersion = 'v1', kind = '' } = object
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const { resources } = await kube.askJson<ResourceList>(group)
  const resource = resources.find((each) => each.kind === kind && !each.name.includes('/'))
  if (resource === undefined) throw new Error(`the cluster knows no ${kind} of ${apiVersion}`)
  if (!resource.namespaced) throw new Error(`${kind} ${object.metadata.name} would not be in the test's own namespace`)
  return `${group}/namespaces/${namespace}/${resource.name}`
}
