/**
 * Finds the attempts of one request their places at endpoints: knows where the request has been, and for how long it
 * stood in the queue.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'
import { fieldValue } from '../http1/field-block.ts'
import type { RequestRecord } from '../observe/request-record.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { Lease } from '../upstream/lease.ts'
import type { NoPlace, NoPlaceReason, Waiter, Waiting } from '../upstream/place.ts'
import type { Destination } from './destination.ts'

const nowhere: readonly Endpoint[] = []

export class PlaceSearch implements Waiter {
  /** Lines, each with its CRLF. */
  readonly #fields: string
  readonly #destination: Destination
  readonly #record: Pick<RequestRecord, 'queueMs'>
  readonly #waiter: Waiter
  readonly #clock: Clock
  #tried = nowhere
  #waiting: Waiting | undefined
  /** By the clock's `now`. */
  #queuedMs = 0

  /** @param waiter told of what is found: unlike that of `acquire` also at once, before `find` has returned */
  constructor(
    { fields, record }: { readonly fields: string; readonly record: Pick<RequestRecord, 'queueMs'> },
    destination: Destination,
    waiter: Waiter,
    clock: Clock,
  ) {
    this.#fields = fields
    this.#destination = destination
    this.#record = record
    this.#waiter = waiter
    this.#clock = clock
  }

  /** There is an endpoint that the request has not been to. */
  get hasAnother(): boolean {
    return this.#destination.upstream.endpoints.some((endpoint) => !this.#tried.includes(endpoint))
  }

  find(): void {
    const ask = { tried: this.#tried, hashKey: this.#hashKey, mayWait: 'yes' } as const
    const place = this.#destination.upstream.acquire(ask, this)
    switch (place.kind) {
      case 'lease':
        this.#waiter.onLease(place)
        break
      case 'waiting':
        this.#queuedMs = this.#clock.now()
        this.#waiting = place
        break
      case 'none':
        this.#waiter.onNoPlace(place.why, place.retryAfterMs)
        break
    }
  }

  /** For a hedge: at once or not at all, and wherever there is least to do. */
  findForHedge(): Lease | NoPlace | Waiting {
    const ask = { tried: this.#tried, hashKey: undefined, mayWait: 'no' } as const
    return this.#destination.upstream.acquire(ask, this)
  }

  get #hashKey(): string | undefined {
    const { hashHeader } = this.#destination
    return hashHeader === undefined ? undefined : fieldValue(this.#fields, hashHeader)
  }

  onLease(lease: Lease): void {
    this.#leave()
    this.#waiter.onLease(lease)
  }

  onNoPlace(why: NoPlaceReason, retryAfterMs?: number): void {
    this.#leave()
    this.#waiter.onNoPlace(why, retryAfterMs)
  }

  /** The request goes there, so that the next place is another one. */
  wentTo(endpoint: Endpoint): void {
    this.#tried = [...this.#tried, endpoint]
  }

  /** It has not really been there: its connection was stale. */
  forget(endpoint: Endpoint): void {
    this.#tried = this.#tried.toSpliced(this.#tried.indexOf(endpoint), 1)
  }

  /** Gives up its place in the queue, if it has one. */
  end(): void {
    this.#waiting?.cancel()
    this.#leave()
  }

  #leave(): void {
    if (this.#waiting === undefined) return
    this.#waiting = undefined
    this.#record.queueMs += this.#clock.now() - this.#queuedMs
  }
}
