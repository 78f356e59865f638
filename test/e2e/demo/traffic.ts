/** Load from the outside, and what became of it. */

export interface TrafficResult {
  readonly requests: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Asks for a quote again and again in `lanes` lanes for `forMs` milliseconds. An answer other than 200 counts as failed. */
export async function drive(
  address: string,
  { lanes, forMs }: { lanes: number; forMs: number },
): Promise<TrafficResult> {
  const untilMs = performance.now() + forMs
  const timesMs: number[] = []
  let failed = 0
  const lane = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const sinceMs = performance.now()
      if (!(await isAnswered(`http://${address}/quote?sku=lamp&quantity=2`))) failed += 1
      timesMs.push(performance.now() - sinceMs)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  timesMs.sort((a, b) => a - b)
  return { requests: timesMs.length, failed, p50Ms: quantile(timesMs, 0.5), p99Ms: quantile(timesMs, 0.99) }
}

async function isAnswered(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
