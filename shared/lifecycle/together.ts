/**
 * Several parts as one: they start and stop at the same time. Parts of the same kind need no order among
 * themselves, and their time to stop must not add up: three listeners with 20 s each would take a minute.
 */
import type { Part, StopFacts } from './part.ts'

/**
 * @param name names the group in log lines and in the drain report
 * @returns a part whose facts are the sums of its members' numbers, and whose time to stop is that of the slowest
 */
export function together(name: string, parts: readonly Part[]): Part {
  const stopTimeouts = parts.flatMap(({ stopTimeoutMs }) => stopTimeoutMs ?? [])
  return {
    name,
    ...(stopTimeouts.length > 0 && { stopTimeoutMs: Math.max(...stopTimeouts) }),
    start: async (signal) => {
      await Promise.all(parts.map((part) => part.start?.(signal)))
    },
    drain: () => {
      for (const part of parts) part.drain?.()
    },
    stop: async (deadline) => {
      const outcomes = await Promise.allSettled(parts.map(async (part) => (await part.stop?.(deadline)) ?? {}))
      const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
      if (failed.length > 0)
        throw new AggregateError(
          failed.map(({ reason }) => reason),
          messagesOf(failed),
        )
      return sums(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])))
    },
  }
}

function messagesOf(failed: readonly PromiseRejectedResult[]): string {
  return failed.map(({ reason }) => (reason instanceof Error ? reason.message : String(reason))).join('; ')
}

/** Numbers are added up; of other facts the last one stands. */
function sums(facts: readonly StopFacts[]): StopFacts {
  const total: Record<string, number | string | boolean> = {}
  for (const [key, value] of facts.flatMap((each) => Object.entries(each))) {
    const known = total[key]
    total[key] = typeof known === 'number' && typeof value === 'number' ? known + value : value
  }
  return total
}
