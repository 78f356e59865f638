import { expect, it } from 'vitest'
import { hookOffences, orderOffences, type PodSpec, restrictedOffences, startupOffences } from './rules.ts'

const good: PodSpec = {
  terminationGracePeriodSeconds: 30,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  initContainers: [
    {
      name: 'ambassador',
      image: 'podmates/ambassador:dev',
      restartPolicy: 'Always',
      startupProbe: { periodSeconds: 1, failureThreshold: 60 },
      resources: { requests: { cpu: '20m', memory: '64Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    },
  ],
  containers: [],
}

/** The good Pod with its sidecar changed. */
const withSidecar = (change: object): PodSpec => ({
  ...good,
  initContainers: good.initContainers?.map((sidecar) => ({ ...sidecar, ...change })) ?? [],
})

it('finds nothing wrong with a good Pod', () => {
  expect([startupOffences(good), orderOffences(good), hookOffences(good), restrictedOffences(good)].flat()).toEqual([])
})

it.each([
  ['no startupProbe', { startupProbe: undefined }, /no startupProbe/],
  ['the default period', { startupProbe: { failureThreshold: 60 } }, /periodSeconds must be 1/],
  ['too few tries', { startupProbe: { periodSeconds: 1, failureThreshold: 3 } }, /failureThreshold must be 30/],
  ['a readinessProbe', { readinessProbe: {} }, /gate the Pod's traffic/],
  ['no requests', { resources: {} }, /no requests/],
])('C35 refuses %s', (_what, change, offence) => {
  expect(startupOffences(withSidecar(change)).join('\n')).toMatch(offence)
})

it('C35 refuses a grace period that is left to the default', () => {
  const { terminationGracePeriodSeconds: _, ...silent } = good
  expect(startupOffences(silent)).toEqual(['terminationGracePeriodSeconds is not explicit'])
})

it('C36 refuses an adapter before the ambassador', () => {
  const adapter = { name: 'adapter', image: 'podmates/adapter:dev', restartPolicy: 'Always' }
  expect(orderOffences({ ...good, initContainers: [adapter, ...(good.initContainers ?? [])] })).toHaveLength(1)
})

it.each([
  ['a hook by shell', { lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 5'] } } } }, /calls a shell/],
  [
    'a sleep as long as the grace',
    { lifecycle: { preStop: { sleep: { seconds: 30 } } } },
    /preStop sleeps 30 s of 30 s/,
  ],
])('C37 refuses %s', (_what, change, offence) => {
  expect(hookOffences(withSidecar(change)).join('\n')).toMatch(offence)
})

it.each([
  ['root', { runAsUser: 0 }, /runAsUser is 0/],
  ['privilege escalation', { allowPrivilegeEscalation: true }, /allowPrivilegeEscalation/],
  ['kept capabilities', { capabilities: {} }, /drop lacks ALL/],
  ['a writable root', { readOnlyRootFilesystem: false }, /readOnlyRootFilesystem/],
])('the level restricted refuses %s', (_what, securityContext, offence) => {
  const base = good.initContainers?.[0]?.securityContext
  expect(restrictedOffences(withSidecar({ securityContext: { ...base, ...securityContext } })).join('\n')).toMatch(
    offence,
  )
})
