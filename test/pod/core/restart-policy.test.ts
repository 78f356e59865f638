import { describe, expect, it } from 'vitest'
import type { Role } from '../manifest/pod-manifest.ts'
import { app, exitsAfter, init, play, sidecar } from './played-pod.ts'
import { willRestart } from './restart-policy.ts'

const policies = ['Always', 'OnFailure', 'Never'] as const

/** Role, exit code (none: its start failed), and whether it runs again under each policy. */
const restarts: readonly (readonly [Role, number | undefined, readonly [boolean, boolean, boolean]])[] = [
  ['app', 0, [true, false, false]],
  ['app', 1, [true, true, false]],
  ['app', undefined, [true, true, true]],
  ['init', 0, [false, false, false]],
  ['init', 1, [true, true, false]],
  ['init', undefined, [true, true, true]],
  ['sidecar', 0, [true, true, true]],
  ['sidecar', 137, [true, true, true]],
]

describe('a container that ended', () => {
  it.each(restarts)(
    'S10 S36 of role %s with exit code %s runs again under Always, OnFailure, Never: %s',
    (role, exitCode, again) => {
      const life = { is: 'gone', sinceMs: 0, ...(exitCode === undefined ? {} : { exitCode }) } as const
      const plan = { terminationGracePeriodMs: 0, containers: [] }
      const ended = { plan: { name: 'x', role }, run: 0, life }
      expect(policies.map((restartPolicy) => willRestart({ ...plan, restartPolicy }, ended))).toEqual(again)
    },
  )
})

describe('a plain init container that fails', () => {
  it('S36 fails the Pod under Never, and the running sidecars are ended', () => {
    const played = play([sidecar('proxy'), init('migrate', { exits: exitsAfter(2000, 3) }), app('web')], {
      restartPolicy: 'Never',
    })
    expect(played.story()).toEqual([
      '0 proxy starting',
      '0 pod phase Pending',
      '0 proxy running',
      '0 proxy started',
      '0 migrate starting',
      '0 migrate running',
      '0 migrate started',
      '2 migrate exited 3',
      '2 pod terminating InitFailed',
      '2 proxy stopSignal termination',
      '2 pod phase Failed',
      '2 proxy exited 0',
      '2 pod ended',
    ])
  })

  it.each(['Always', 'OnFailure'] as const)(
    'S36 is retried in place under %s, while the sidecars before it run on',
    (restartPolicy) => {
      const played = play(
        [sidecar('proxy'), init('migrate', { exits: (run) => ({ afterMs: 1000, code: run < 3 ? 1 : 0 }) }), app('web')],
        { restartPolicy, untilMs: 60_000 },
      )
      expect(played.times('migrate', 'starting')).toEqual([0, 1, 12, 33])
      expect(played.times('proxy', 'starting')).toEqual([0])
      expect(played.times('web', 'starting')).toEqual([34])
    },
  )
})

describe('activeDeadlineSeconds', () => {
  it('S37 counts the init list too and fails the Pod', () => {
    const played = play([sidecar('proxy'), init('waits'), app('web')], { activeDeadlineMs: 5000 })
    expect(played.story('terminating', 'phase', 'ended')).toEqual([
      '0 pod phase Pending',
      '5 pod terminating DeadlineExceeded',
      '5 pod phase Failed',
      '5 pod ended',
    ])
  })

  it('fails the Pod even when its apps exit 0 then', () => {
    const played = play([app('web')], { activeDeadlineMs: 5000 })
    expect(played.phaseAt(5000)).toBe('Failed')
  })
})

describe('the Pod of a Job', () => {
  const flapping = sidecar('flapping', { exits: exitsAfter(1000, 1) })
  const job = { backoffLimit: 3 }

  it('S34 under OnFailure is ended when restarts, those of sidecars too, reach the backoffLimit', () => {
    const played = play([flapping, app('work', { exits: exitsAfter(600_000) })], { restartPolicy: 'OnFailure', job })
    expect(played.times('flapping', 'starting')).toEqual([0, 1, 12, 33])
    expect(played.story('terminating', 'ended')).toEqual(['33 pod terminating BackoffLimitExceeded', '33 pod ended'])
    expect(played.phaseAt(33_000)).toBe('Failed')
  })

  it('S34 under Never does not mind', () => {
    const played = play([flapping, app('work', { exits: exitsAfter(600_000) })], { restartPolicy: 'Never', job })
    expect(played.phaseAt(600_000)).toBe('Succeeded')
  })

  it('S33 under OnFailure runs its app again until it exits 0', () => {
    const played = play([app('work', { exits: (run) => ({ afterMs: 1000, code: run < 2 ? 1 : 0 }) })], {
      restartPolicy: 'OnFailure',
    })
    expect(played.story('starting', 'terminating')).toEqual([
      '0 work starting',
      '1 work starting',
      '12 work starting',
      '13 pod terminating Completed',
    ])
    expect(played.phaseAt(13_000)).toBe('Succeeded')
  })

  it('S33 waits for all its apps', () => {
    const played = play([app('quick', { exits: exitsAfter(1000) }), app('slow', { exits: exitsAfter(5000, 2) })], {
      restartPolicy: 'Never',
    })
    expect(played.story('terminating', 'phase')).toEqual([
      '0 pod phase Pending',
      '0 pod phase Running',
      '5 pod terminating Completed',
      '5 pod phase Failed',
    ])
  })
})
