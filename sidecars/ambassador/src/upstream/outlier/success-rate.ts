/**
 * Finds endpoints that fail more than the others. A distance from the mean alone would eject one that serves
 * 99 % among those that serve all, so it must also be bad by itself (envoyproxy/envoy#18752).
 */

/** What was seen of one endpoint since the last comparison; 4xx and cancelled attempts are not in it. */
export interface EndpointSample<E> {
  readonly endpoint: E
  readonly good: number
  readonly bad: number
}

/** Fewer endpoints have no mean to speak of. Envoy: success_rate_minimum_hosts. */
const endpointsMin = 5

/** Envoy: success_rate_request_volume. */
const requestsMin = 100

/** Standard deviations below the mean. Envoy: success_rate_stdev_factor. */
const deviations = 1.9

/** An endpoint that serves this share is never ejected, whatever the others do. */
const goodRate = 0.9

const longestMs = 300_000

/** @returns those to eject, the worst first, however many they are */
export function findOutliers<E>(samples: readonly EndpointSample<E>[]): E[] {
  const rated = samples
    .filter(({ good, bad }) => good + bad >= requestsMin)
    .map(({ endpoint, good, bad }) => ({ endpoint, rate: good / (good + bad) }))
  if (rated.length < endpointsMin) return []
  const mean = average(rated.map(({ rate }) => rate))
  const deviation = Math.sqrt(average(rated.map(({ rate }) => (rate - mean) ** 2)))
  const limit = Math.min(goodRate, mean - deviations * deviation)
  return rated
    .filter(({ rate }) => rate < limit)
    .toSorted((a, b) => a.rate - b.rate)
    .map(({ endpoint }) => endpoint)
}

function average(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

/** What stands now, counted anew each time: a counter kept in step drifts (envoyproxy/envoy#40697). */
export interface EjectionRoom {
  readonly endpoints: number
  readonly ejected: number
  /** Healthy ones, the one in question included. */
  readonly healthy: number
}

/** The next one too must keep within `maxEjected`, and the last healthy one stays (envoyproxy/envoy#3263). */
export function mayEject({ endpoints, ejected, healthy }: EjectionRoom, maxEjected: number): boolean {
  return ejected + 1 <= Math.floor(endpoints * maxEjected) && healthy > 1
}

/** @param times 1 for the first ejection @param jitter [0, 1): takes off up to a tenth */
export function ejectionMs(times: number, baseMs: number, jitter: number): number {
  return Math.min(longestMs, baseMs * times) * (1 - jitter / 10)
}
