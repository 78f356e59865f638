import { describe, expect, it } from 'vitest'
import type { Kube } from './kube.ts'
import { createNamespace, leftoverState } from './namespace.ts'
import { ApiRefusal } from './trouble.ts'

it('says that the user may not create namespaces, in the words of the API server', async () => {
  const ask = () => Promise.reject(new ApiRefusal(403, 'Forbidden', 'namespaces is forbidden: User "ann"'))
  await expect(createNamespace({ ask } as unknown as Kube, 'e2e')).rejects.toMatchObject({
    message: 'this user may not create namespaces: namespaces is forbidden: User "ann"',
    remedy: expect.stringContaining('use a user with that right'),
  })
})

describe('a namespace that is there from another run', () => {
  const nowMs = Date.parse('2026-01-01T12:00:00Z')
  const isAlive = (pid: number): boolean => pid === 1
  it.each([
    ['abandoned', 'of a process that is gone', 'here/2', '2026-01-01T11:59:00Z'],
    ['perhaps in use', 'of a process that lives', 'here/1', '2026-01-01T08:00:00Z'],
    ['perhaps in use', 'of another machine, two hours old', 'there/2', '2026-01-01T10:00:00Z'],
    ['abandoned', 'of another machine, older than two hours', 'there/2', '2026-01-01T09:59:59Z'],
    ['perhaps in use', 'of nobody, and young', undefined, '2026-01-01T11:00:00Z'],
  ])('is %s when it is %s', (state, _what, owner, creationTimestamp) => {
    const annotations = owner === undefined ? {} : { 'podmates.dev/run': owner }
    const metadata = { name: 'podmates-e2e-000000', annotations, creationTimestamp }
    expect(leftoverState({ metadata }, { host: 'here', isAlive, nowMs })).toBe(state)
  })
})
