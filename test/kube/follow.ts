/** Follows the objects of one path by list and watch: what is there now, what changes, and waiting for a state. */
import { type KubernetesListObject, type KubernetesObject, ListWatch, Watch } from '@kubernetes/client-node'
import { type Clock, systemClock } from '@podmates/shared/world/clock.ts'
import type { Kube } from './kube.ts'
import type { KubeObject, ListOf } from './objects.ts'

export interface Followed<Item extends KubeObject> extends AsyncDisposable {
  current(): readonly Item[]
  /** Calls `listener` with each object that is there and each change from now on. @returns ends the subscription */
  onChange(listener: (item: Item, change: Change) => void): () => void
  /**
   * Resolves with the first value other than undefined that `look` finds.
   * @param what for the message, such as `three ready Pods`
   * @param timeoutMs default 60_000
   * @throws with what `tell` says of the present state, when the time is over, `give up` says why, or the signal aborts
   */
  until<Value>(
    what: string,
    look: (items: readonly Item[]) => Value | undefined,
    options?: UntilOptions,
  ): Promise<Value>
}

export type Change = 'there' | 'gone'

export interface UntilOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface Selection {
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** Pause before a broken watch begins anew. */
const pauseMs = 500

/** @param path of a list, such as `/api/v1/namespaces/shop/pods` @throws ApiRefusal when it cannot be listed */
export async function follow<Item extends KubeObject>(
  kube: Kube,
  path: string,
  selection: Selection = {},
  clock: Clock = systemClock,
): Promise<Followed<Item>> {
  const items = new Map<string, Item>()
  const listeners = new Set<(item: Item, change: Change) => void>()
  const waiting = new Set<() => void>()
  let lastTrouble: unknown
  let isOver = false

  // The client's own types have a Date where the wire, which its watch hands on as it is, has text.
  const list = () => kube.askJson<ListOf<Item>>(path, { query: { ...selection } })
  const watch = new ListWatch<KubernetesObject>(
    path,
    new Watch(kube.config),
    list as unknown as () => Promise<KubernetesListObject<KubernetesObject>>,
    false,
    selection.labelSelector,
    selection.fieldSelector,
  )
  const keep = (item: KubernetesObject): void => tell(item as unknown as Item, 'there')
  watch.on('add', keep)
  watch.on('update', keep)
  watch.on('delete', (item) => tell(item as unknown as Item, 'gone'))
  watch.on('error', (error) => {
    lastTrouble = error
    if (!isOver) void clock.sleep(pauseMs).then(() => (isOver ? undefined : watch.start()))
  })
  await list()
  await watch.start()

  function tell(item: Item, change: Change): void {
    const key = `${item.metadata.namespace}/${item.metadata.name}`
    if (change === 'gone') items.delete(key)
    else items.set(key, item)
    for (const listener of [...listeners]) listener(item, change)
    for (const look of [...waiting]) look()
  }

  return {
    current: () => [...items.values()],
    onChange: (listener) => {
      listeners.add(listener)
      for (const item of items.values()) listener(item, 'there')
      return () => listeners.delete(listener)
    },
    until: (what, look, { timeoutMs = 60_000, signal } = {}) =>
      new Promise((resolve, reject) => {
        const settle = (outcome: () => void): void => {
          waiting.delete(check)
          cancel()
          signal?.removeEventListener('abort', stop)
          outcome()
        }
        const check = (): void => {
          try {
            const value = look([...items.values()])
            if (value !== undefined) settle(() => resolve(value))
          } catch (error) {
            settle(() => reject(error))
          }
        }
        const expire = (): void =>
          settle(() => reject(new Error(`waited ${timeoutMs / 1000} s for ${what}${afterTrouble(lastTrouble)}`)))
        const stop = (): void => settle(() => reject(signal?.reason))
        const cancel = clock.after(timeoutMs, expire)
        waiting.add(check)
        signal?.addEventListener('abort', stop, { once: true })
        if (signal?.aborted) stop()
        else check()
      }),
    [Symbol.asyncDispose]: async () => {
      isOver = true
      await watch.stop()
    },
  }
}

function afterTrouble(trouble: unknown): string {
  if (trouble === undefined || trouble === null) return ''
  return ` (the watch was interrupted: ${trouble instanceof Error ? trouble.message : String(trouble)})`
}
