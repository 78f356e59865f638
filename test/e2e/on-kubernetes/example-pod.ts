/** The example Pod, running on the cluster and observed from its first moment. */
import type { KubeObject, Pod } from '../../kube/objects.ts'
import type { ObservedPod } from '../../kube/observe-pod.ts'
import type { ObservedPods } from '../../kube/observe-pods.ts'
import { checkoutExample, inventoryExample } from './examples.ts'
import type { Stage } from './stage.ts'

export interface ExamplePod {
  readonly pod: Pod
  readonly observed: ObservedPod
  readonly pods: ObservedPods
}

/** Applies the example and what it calls, and waits until its one Pod is ready. */
export async function startExample(
  stage: Stage,
  {
    inventory = inventoryExample(),
    checkout = checkoutExample(),
  }: { readonly inventory?: readonly KubeObject[]; readonly checkout?: readonly KubeObject[] } = {},
): Promise<ExamplePod> {
  const pods = await stage.observeAll('checkout')
  await stage.apply([...inventory, ...checkout])
  const [pod] = await stage.untilReady(pods, 1)
  const [observed] = await pods.all()
  if (pod === undefined || observed === undefined) throw new Error('the ready Pod is gone')
  return { pod, observed, pods }
}
