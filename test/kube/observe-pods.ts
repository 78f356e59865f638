/** Watches all Pods that a selector finds, also those that come later, as a Deployment makes them. */
import { type Followed, follow, type UntilOptions } from './follow.ts'
import type { Kube } from './kube.ts'
import type { Pod } from './objects.ts'
import { type ObservedPod, observePod } from './observe-pod.ts'
import { podTrouble, standingOf } from './pod-trouble.ts'

export interface ObservedPods extends AsyncDisposable {
  /** Every Pod that was seen, in the order of its appearance, the gone ones too. */
  all(): Promise<readonly ObservedPod[]>
  /** Those that are there now. */
  current(): readonly Pod[]
  /**
   * Resolves with the first value that `look` finds in the Pods that are there.
   * @throws Error at once when one of them cannot start, and with how they stood when the time is over
   */
  until<Value>(what: string, look: (pods: readonly Pod[]) => Value | undefined, options?: UntilOptions): Promise<Value>
}

/** Every Pod that the selector finds is held: release comes with the disposal. */
export async function observePods(kube: Kube, namespace: string, labelSelector: string): Promise<ObservedPods> {
  const pods: Followed<Pod> = await follow(kube, `/api/v1/namespaces/${namespace}/pods`, { labelSelector })
  const observed = new Map<string, Promise<ObservedPod>>()
  const end = pods.onChange(({ metadata: { name } }, change) => {
    if (change === 'there' && !observed.has(name)) observed.set(name, observePod(kube, namespace, name))
  })
  const all = async (): Promise<readonly ObservedPod[]> => Promise.all(observed.values())

  return {
    all,
    current: pods.current,
    until: async (what, look, options) => {
      const lookForTrouble = (current: readonly Pod[]) => {
        const value = look(current)
        if (value !== undefined) return value
        for (const pod of current) {
          const trouble = podTrouble(pod)
          if (trouble !== undefined) throw new Error(`Pod ${pod.metadata.name}: ${trouble}`)
        }
        return undefined
      }
      return pods.until(what, lookForTrouble, options).catch((error: unknown) => {
        if (!(error instanceof Error) || error.message.includes('Pod ')) throw error
        const standings = pods.current().map(standingOf)
        throw new Error(`${error.message}; ${standings.join(' | ') || 'no Pod was made'}`, { cause: error })
      })
    },
    [Symbol.asyncDispose]: async () => {
      end()
      await pods[Symbol.asyncDispose]()
      for (const each of await all()) await each[Symbol.asyncDispose]()
    },
  }
}
