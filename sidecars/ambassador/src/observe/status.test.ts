import { expect, it } from 'vitest'
import { statusLines } from './status.ts'

const listener = { label: 'inventory', address: '127.0.0.1:15010', direction: 'outbound', connections: 3 } as const
const endpoint = { address: '10.0.0.1:8080', connections: { open: 2, idle: 1 } }

it('says in a line what listens, and in another where it leads', () => {
  const [listeners, upstreams] = statusLines(
    [listener],
    [{ label: 'inventory', endpoints: [endpoint], discovery: { state: 'found' } }],
  )
  expect(listeners).toMatchObject({ topic: 'listeners', text: 'inventory 127.0.0.1:15010 (3 connections)' })
  expect(upstreams).toEqual({
    topic: 'upstreams',
    text: 'inventory 1 endpoint',
    facts: {
      upstreams: [
        { name: 'inventory', discovery: 'found', endpoints: [{ address: '10.0.0.1:8080', open: 2, idle: 1 }] },
      ],
    },
  })
})

it('says when a name cannot be looked up, and how many endpoints are still known', () => {
  const [, upstreams] = statusLines(
    [],
    [{ label: 'a', endpoints: [endpoint, endpoint], discovery: { state: 'failed' } }],
  )
  expect(upstreams?.text).toBe('a 2 endpoints (look-up fails)')
})
