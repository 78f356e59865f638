/** Where requests come in: each gets its record and its route, and from there its exchange or its own answer. */
import type { Refusal } from '../http1/refusal.ts'
import type { RequestEvents } from '../http1/request-events.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { pathOf } from '../http1/request-target.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import { type Outcome, outcomes } from '../observe/outcome.ts'
import { type RequestRecord, requestRecord } from '../observe/request-record.ts'
import { Exchange, type ExchangeOptions, type ExchangeWorld } from '../resilience/exchange.ts'
import type { RouteTable } from '../route/route-table.ts'
import { ForwardExchange, type Forwarding } from './forward/forward-exchange.ts'
import type { RequestEntry } from './listener.ts'

/** What a matching request gets. */
export type RouteTarget =
  | ({ readonly kind: 'upstream' } & ExchangeOptions)
  | { readonly kind: 'status'; readonly status: number }

/** @param forwarding for a listener that is a forward proxy too: whole URLs and CONNECT go where they say, past the routes */
export function requestEntry(
  listener: string,
  routeOf: RouteTable<RouteTarget>,
  world: ExchangeWorld,
  forwarding?: Forwarding,
): RequestEntry {
  return { onRequest, onRefusal }

  function onRequest(request: RequestHead, client: ServerConnection): RequestEvents {
    const record = requestRecord({
      listener,
      method: request.method,
      host: request.host ?? '',
      path: pathOf(request.target),
      startedMs: world.clock.now(),
    })
    if (request.authority !== undefined && forwarding !== undefined) {
      const exchange = new ForwardExchange({ request, client, record }, forwarding, world)
      exchange.begin()
      return exchange
    }
    const route = routeOf(request)
    if (route?.kind === 'upstream') {
      const exchange = new Exchange({ request, client, record }, route, world)
      exchange.begin()
      return exchange
    }
    answer(route === undefined ? outcomes.noRoute : routeAnswer(route.status), record, client)
    return nothingMore
  }

  function onRefusal(refusal: Refusal, client: ServerConnection): void {
    const record = requestRecord({ listener, method: '', host: '', path: '', startedMs: world.clock.now() })
    // No request was read, and there may be more of these than anybody wants lines of: the listener counts and logs them.
    if (refusal.code === 'PM2014') explain({ ...refusal, flag: undefined }, record, client)
    else answer({ ...refusal, flag: 'DPE' }, record, client)
  }

  function explain(outcome: Outcome, record: RequestRecord, client: ServerConnection): void {
    const { head, body } = world.observer.ownAnswer(outcome, record)
    client.respondWhole(head, body)
  }

  function answer(outcome: Outcome, record: RequestRecord, client: ServerConnection): void {
    const { head, body } = world.observer.ownAnswer(outcome, record)
    world.observer.end(record)
    client.respondWhole(head, body)
  }
}

function routeAnswer(status: number): Outcome {
  return { status, flag: undefined, code: 'PM2011', what: 'the route answers by itself' }
}

/** The request was answered before anyone needed to hear of its body. */
const nothingMore: RequestEvents = {
  requestBody: () => undefined,
  requestTrailers: () => undefined,
  requestEnd: () => undefined,
  requestFlush: () => true,
  requestBroken: () => undefined,
  clientWritable: () => undefined,
  streamIdle: () => undefined,
  tunnelEnd: () => undefined,
  clientGone: () => undefined,
  drainOver: () => undefined,
}
