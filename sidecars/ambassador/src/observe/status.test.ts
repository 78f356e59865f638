import { expect, it } from 'vitest'
import { type StatusUpstream, statusLines } from './status.ts'

const listener = { label: 'inventory', address: '127.0.0.1:15010', direction: 'outbound', connections: 3 } as const
const endpoint = { address: '10.0.0.1:8080', state: 'healthy', connections: { open: 2, idle: 1, closedEarly: 0 } }
const upstream: StatusUpstream = {
  label: 'inventory',
  endpoints: [endpoint],
  discovery: { state: 'found' },
  facts: { active: 1, left: 999, foundAgoMs: undefined, waiting: 0, isPanic: false, circuit: 'closed' },
}

it('says in a line what listens, and in another where it leads', () => {
  const [listeners, upstreams] = statusLines([listener], [upstream])
  expect(listeners).toMatchObject({ topic: 'listeners', text: 'inventory 127.0.0.1:15010 (3 connections)' })
  expect(upstreams).toEqual({
    topic: 'upstreams',
    text: 'inventory 1 endpoint',
    facts: {
      upstreams: [
        {
          name: 'inventory',
          discovery: 'found',
          attempts: 1,
          queue: 0,
          panic: false,
          circuit: 'closed',
          endpoints: [{ address: '10.0.0.1:8080', state: 'healthy', open: 2, idle: 1 }],
        },
      ],
    },
  })
})

it('says when a name cannot be looked up, and how many endpoints are still known', () => {
  const [, upstreams] = statusLines(
    [],
    [{ ...upstream, endpoints: [endpoint, endpoint], discovery: { state: 'failed' } }],
  )
  expect(upstreams?.text).toBe('inventory 2 endpoints (look-up fails)')
})

it('says which endpoints get no requests, and what follows from that', () => {
  const open = { ...endpoint, state: 'open' }
  const [, upstreams] = statusLines(
    [],
    [
      {
        ...upstream,
        endpoints: [endpoint, open, open, { ...endpoint, state: 'unhealthy' }],
        facts: { active: 9, left: 0, foundAgoMs: undefined, waiting: 4, isPanic: true, circuit: 'closed' },
      },
    ],
  )
  expect(upstreams?.text).toBe('inventory 4 endpoints (2 open, 1 unhealthy, panic: all are used, 4 waiting)')
})

it('says that the circuit of an upstream is not closed', () => {
  const endpoints = [{ ...endpoint, state: 'open' }]
  const [, upstreams] = statusLines([], [{ ...upstream, endpoints, facts: { ...upstream.facts, circuit: 'open' } }])
  expect(upstreams?.text).toBe('inventory 1 endpoint (1 open, circuit open)')
})
