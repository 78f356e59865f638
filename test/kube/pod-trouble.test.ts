import { describe, expect, it } from 'vitest'
import type { Pod, StateOfContainer } from './objects.ts'
import { podTrouble, standingOf } from './pod-trouble.ts'

function podWith(state: StateOfContainer, more: object = {}): Pod {
  return {
    metadata: { name: 'shop' },
    spec: { containers: [{ name: 'web', image: 'podmates/checkout:dev' }] },
    status: { phase: 'Pending', containerStatuses: [{ name: 'web', ready: false, restartCount: 0, state, ...more }] },
  }
}

it('a trouble is told in the words of the kubelet, too', () => {
  const message = 'configmap "shop" not found'
  expect(podTrouble(podWith({ waiting: { reason: 'CreateContainerConfigError', message } }))).toContain(message)
})

it.each(['ErrImageNeverPull', 'ImagePullBackOff'])('names container, image and remedy of %s', (reason) => {
  expect(podTrouble(podWith({ waiting: { reason } }))).toMatch(
    new RegExp(`^web: .*--load.* \\(${reason}, podmates/checkout:dev\\)$`),
  )
})

it.each(['PodInitializing', 'ContainerCreating', 'CrashLoopBackOff'])('there is hope during %s', (reason) => {
  expect(podTrouble(podWith({ waiting: { reason } }))).toBeUndefined()
})

describe('how a Pod stands, on one line', () => {
  it.each([
    ['waiting', podWith({ waiting: { reason: 'PodInitializing' } }), 'shop Pending: web PodInitializing'],
    [
      'ready',
      podWith({ running: { startedAt: '' } }, { started: true, ready: true }),
      'shop Pending: web started, ready',
    ],
    ['ended', podWith({ terminated: { exitCode: 3 } }, { restartCount: 2 }), 'shop Pending: web exit 3, 2 restarts'],
  ])('%s', (_how, pod, line) => {
    expect(standingOf(pod)).toBe(line)
  })

  it('tells why no node takes it', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', message: 'insufficient memory' }] as const
    const pod = { ...podWith({}), status: { phase: 'Pending', conditions } } as const
    expect(standingOf(pod)).toBe('shop Pending not scheduled (insufficient memory): no container yet')
  })
})
