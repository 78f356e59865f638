/**
 * Finds the route of a request: the first whose conditions all hold. Routes are matched against the very
 * bytes that are sent on; a path that servers would resolve to another one never gets here (`http1`).
 */
import { hasOnlyValue } from '../http1/field-block.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { pathOf } from '../http1/request-target.ts'

export interface RouteMatch {
  /** A host without its port, or `*` for all. */
  readonly host?: string | undefined
  /** An exact path, or a prefix that ends with `/*`. */
  readonly path?: string | undefined
  readonly methods?: readonly string[] | undefined
  /** Fields by name, in any case, that must have these values, each time they are there. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** @returns the first that matches; undefined if none does */
export type RouteTable<R> = (head: RequestHead) => R | undefined

type Condition = (head: RequestHead) => boolean

export function routeTable<R extends { readonly match?: RouteMatch | undefined }>(routes: readonly R[]): RouteTable<R> {
  const compiled = routes.map((route) => ({ route, conditions: conditionsOf(route.match ?? {}) }))
  const first = compiled[0]
  if (first !== undefined && first.conditions.length === 0) return () => first.route
  return (head) => compiled.find(({ conditions }) => conditions.every((holds) => holds(head)))?.route
}

function conditionsOf({ host, path, methods, headers = {} }: RouteMatch): Condition[] {
  const conditions: Condition[] = []
  if (host !== undefined && host !== '*') conditions.push(hostIs(host))
  if (methods !== undefined) conditions.push((head) => methods.includes(head.method))
  if (path !== undefined && path !== '/*') conditions.push(pathIs(path))
  for (const [name, value] of Object.entries(headers)) conditions.push(headerIs(name.toLowerCase(), value))
  return conditions
}

function hostIs(host: string): Condition {
  const wanted = host.toLowerCase()
  return (head) => head.host !== undefined && head.host.toLowerCase().replace(/:\d+$/, '') === wanted
}

function pathIs(pattern: string): Condition {
  if (!pattern.endsWith('/*')) return (head) => pathOf(head.target) === pattern
  const prefix = pattern.slice(0, -1)
  const root = pattern.slice(0, -2)
  return (head) => head.target.startsWith(prefix) || pathOf(head.target) === root
}

/** All fields of the name go on, and a server may take any of them: each must have the value. */
function headerIs(name: string, value: string): Condition {
  return (head) => hasOnlyValue(head.fields, name, value)
}
