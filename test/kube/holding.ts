/**
 * Holds Pods readable after their end: with a finalizer a deleted Pod stays in the API, with the final status of every
 * container, until it is released. A Pod that is never released would keep its namespace for ever.
 */
import type { Kube } from './kube.ts'
import type { Pod } from './objects.ts'
import { isNotFound } from './trouble.ts'

export const holdFinalizer = 'podmates.dev/observed'

export const isHeld = (pod: Pod): boolean => pod.metadata.finalizers?.includes(holdFinalizer) ?? false

/** Only possible while the Pod is not being deleted. @returns whether the Pod is held */
export async function holdPod(kube: Kube, pod: Pod): Promise<boolean> {
  if (isHeld(pod)) return true
  if (pod.metadata.deletionTimestamp !== undefined) return false
  return patchFinalizers(kube, pod, [...(pod.metadata.finalizers ?? []), holdFinalizer])
}

/** Lets a Pod go for good. Does nothing to one that is not held, or gone. */
export async function releasePod(kube: Kube, namespace: string, name: string): Promise<void> {
  try {
    const pod = await kube.askJson<Pod>(`/api/v1/namespaces/${namespace}/pods/${name}`)
    if (!isHeld(pod)) return
    await patchFinalizers(kube, pod, pod.metadata.finalizers?.filter((each) => each !== holdFinalizer) ?? [])
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** @returns false when the Pod is gone */
async function patchFinalizers(kube: Kube, pod: Pod, finalizers: readonly string[]): Promise<boolean> {
  const { namespace, name, uid } = pod.metadata
  try {
    await kube.ask(`/api/v1/namespaces/${namespace}/pods/${name}`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid, finalizers: finalizers.length > 0 ? finalizers : null } },
    })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
