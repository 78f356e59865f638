import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks again and again, each 50 ms, until the answer is yes. Only for what cannot be awaited: the state of a
 * process in another container.
 * @throws after `timeoutMs`, naming what was waited for
 */
export async function until(what: string, ask: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await ask())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await delay(50)
  }
}
