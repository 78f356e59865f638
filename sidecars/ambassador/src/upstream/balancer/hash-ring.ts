/**
 * The same key goes to the same endpoint, in every Pod; an endpoint that comes or goes moves only its own
 * share of the keys. None gets more than 125 % of its share of what is in flight: a key that would be too
 * much goes on to the next endpoint of the ring (Mirrokni et al., Consistent Hashing with Bounded Loads, 2016).
 */
import type { Random } from '@podmates/shared/world/random.ts'
import type { Balanced, Balancer } from './balancer.ts'
import { leastRequest } from './two-choices.ts'

/** Points of an endpoint of weight 1: its share is then within some 20 % of what it should be. */
const pointsPerWeight = 160

/** The ring of an upstream with very large weights still fits: 40,000 points are 320 KB. */
const pointsMax = 40_000

const loadFactor = 1.25

interface Ring<E> {
  /** Ascending. */
  readonly points: Uint32Array
  /** The endpoint of each point. */
  readonly owners: readonly E[]
}

/** A ring of the endpoints' points; candidates that are out for a while keep theirs. */
export function hashRing<E extends Balanced>(random: Random): Balancer<E> {
  const withoutKey = leastRequest<E>(random)
  let ring: Ring<E> = { points: new Uint32Array(0), owners: [] }
  return {
    onEndpoints: (all) => {
      withoutKey.onEndpoints(all)
      ring = buildRing(all)
    },
    pick: (candidates, ask) => {
      if (ask.hashKey === undefined || candidates.length < 2) return withoutKey.pick(candidates, ask)
      return follow(ring, hashOf(ask.hashKey), candidates) ?? withoutKey.pick(candidates, ask)
    },
  }
}

function buildRing<E extends Balanced>(all: readonly E[]): Ring<E> {
  const weights = all.reduce((sum, { weight }) => sum + weight, 0)
  const perWeight = Math.min(pointsPerWeight, pointsMax / Math.max(1, weights))
  const points = all.flatMap((owner) => {
    const count = Math.max(1, Math.round(perWeight * owner.weight))
    return Array.from({ length: count }, (_, at) => ({ point: hashOf(`${owner.address}#${at}`), owner }))
  })
  // By address where two meet, or the order of discovery would decide and Pods would differ.
  points.sort((a, b) => a.point - b.point || (a.owner.address < b.owner.address ? -1 : 1))
  return { points: Uint32Array.from(points, ({ point }) => point), owners: points.map(({ owner }) => owner) }
}

/** The first candidate from the key on that has room. */
function follow<E extends Balanced>({ points, owners }: Ring<E>, key: number, candidates: readonly E[]): E | undefined {
  let active = 1
  let weights = 0
  for (const candidate of candidates) {
    active += candidate.active
    weights += candidate.presentWeight
  }
  const perWeight = (loadFactor * active) / weights
  const start = firstFrom(points, key)
  for (let step = 0; step < owners.length; step += 1) {
    const owner = owners[(start + step) % owners.length]
    if (owner === undefined || owner.active >= Math.ceil(perWeight * owner.presentWeight)) continue
    if (candidates.includes(owner)) return owner
  }
  return undefined
}

/** The place of the first point that is not below `key`; `points.length` when there is none. */
function firstFrom(points: Uint32Array, key: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((points[middle] ?? 0) < key) low = middle + 1
    else high = middle
  }
  return low
}

/** 32 bits: FNV-1a, then the finish of MurmurHash3, without which keys that differ in their last letter stay neighbours. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
