/** Whether one route leaves nothing for another one: the first that matches is taken, so the order is a part of what routes mean. */
import type { RouteMatch } from './route-table.ts'

/** @returns whether every request that `later` matches is matched by `earlier` too */
export function covers(earlier: RouteMatch, later: RouteMatch): boolean {
  return (
    coversHost(earlier.host, later.host) &&
    coversMethods(earlier.methods, later.methods) &&
    coversPath(earlier.path, later.path) &&
    coversHeaders(earlier.headers ?? {}, later.headers ?? {})
  )
}

function coversHost(earlier: string | undefined, later: string | undefined): boolean {
  return earlier === undefined || earlier === '*' || earlier.toLowerCase() === later?.toLowerCase()
}

function coversMethods(earlier: readonly string[] | undefined, later: readonly string[] | undefined): boolean {
  return earlier === undefined || later?.every((method) => earlier.includes(method)) === true
}

function coversPath(earlier: string | undefined, later: string | undefined): boolean {
  if (earlier === undefined || earlier === '/*') return true
  if (later === undefined) return false
  if (!earlier.endsWith('/*')) return earlier === later
  // `/v1/*` takes `/v1` and all below it; of another pattern it needs to take only the root and the prefix.
  const root = earlier.slice(0, -2)
  const laterRoot = later.endsWith('/*') ? later.slice(0, -2) : later
  return laterRoot === root || laterRoot.startsWith(`${root}/`)
}

function coversHeaders(earlier: Readonly<Record<string, string>>, later: Readonly<Record<string, string>>): boolean {
  const known = new Map(Object.entries(later).map(([name, value]) => [name.toLowerCase(), value]))
  return Object.entries(earlier).every(([name, value]) => known.get(name.toLowerCase()) === value)
}
