/** What clients have seen, held against what the ambassador says that it did: every request must stand in both. */

export interface Account {
  /** Requests whose answer was begun, by the class of its status: `2xx`. Whether it came to its end stands in `broken`. */
  readonly seen: Record<string, number>
  /** Of those, answers that broke off. */
  broken: number
  /** Requests that the client left before their answer was whole: the ambassador may count them in any class. */
  left: number
  /** Requests that got nothing although the client waited. There must be none. */
  readonly unanswered: string[]
}

export const openAccount = (): Account => ({ seen: {}, broken: 0, left: 0, unanswered: [] })

export function saw(account: Account, status: number): void {
  const name = `${Math.floor(status / 100)}xx`
  account.seen[name] = (account.seen[name] ?? 0) + 1
}

export interface Balance {
  /** Requests that clients made. */
  readonly made: number
  /** Requests in `podmates_ambassador_requests_total`. */
  readonly counted: number
  /** Of those, with a flag: something went wrong that the ambassador could name. */
  readonly flagged: number
  readonly byClass: readonly { readonly name: string; readonly seen: number; readonly counted: number }[]
  /** Empty when every request is accounted for. */
  readonly problems: readonly string[]
}

/** @param page the metrics page after the last request */
export function balance(account: Account, page: string): Balance {
  const series = [...page.matchAll(/^podmates_ambassador_requests_total\{(.*)\} (\d+)$/gm)].map(
    ([, labels, value]) => ({
      status: label(labels, 'status'),
      flag: label(labels, 'flag'),
      value: Number(value),
    }),
  )
  const sum = (of: (each: (typeof series)[number]) => boolean): number =>
    series.filter(of).reduce((total, { value }) => total + value, 0)
  const made = Object.values(account.seen).reduce((total, count) => total + count, 0) + account.left
  const counted = sum(() => true)
  const names = [...new Set([...Object.keys(account.seen), ...series.map(({ status }) => status)])].toSorted()
  const byClass = names.map((name) => ({
    name,
    seen: account.seen[name] ?? 0,
    counted: sum(({ status }) => status === name),
  }))
  const problems = account.unanswered.map((what) => `a request got nothing: ${what}`)
  if (made !== counted) problems.push(`clients made ${made} requests, the ambassador counted ${counted}`)
  for (const { name, seen, counted: there } of byClass) {
    // A client that left knows no status: its request may be in any class.
    if (there < seen || there > seen + account.left) problems.push(`${name}: clients saw ${seen}, counted ${there}`)
  }
  const flagged = sum(({ flag }) => flag !== '')
  if (account.broken > flagged)
    problems.push(`${account.broken} answers broke off, only ${flagged} requests have a flag`)
  return { made, counted, flagged, byClass, problems }
}

const label = (labels: string | undefined, name: string): string =>
  new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels ?? '')?.[1] ?? ''
