import { expect, it } from 'vitest'
import { app, exitsAfter, init, play, sidecar } from './played-pod.ts'

const lost = { atMs: 10_000, event: { type: 'sandboxLost' } } as const

it('S16 runs the whole init list again when the sandbox is lost, plain init containers too', () => {
  const played = play([init('migrate', { exits: exitsAfter(1000) }), sidecar('proxy'), app('web')], {
    script: [lost],
    untilMs: 60_000,
  })
  expect(played.story('starting', 'killed', 'exited', 'phase', 'initialized')).toEqual([
    '0 migrate starting',
    '0 pod phase Pending',
    '1 migrate exited 0',
    '1 proxy starting',
    '1 pod initialized',
    '1 web starting',
    '1 pod phase Running',
    '10 proxy killed sandbox',
    '10 web killed sandbox',
    '10 proxy exited 137',
    '10 web exited 137',
    '10 migrate starting',
    '10 pod phase Pending',
    '11 migrate exited 0',
    '11 proxy starting',
    '11 pod initialized',
    '11 web starting',
    '11 pod phase Running',
  ])
  expect(played.state.containers.map(({ run }) => run)).toEqual([1, 1, 1])
})

it('kills a container that was being started when the sandbox was lost', () => {
  const played = play([sidecar('proxy', { startTakesMs: 12_000 }), app('web')], { script: [lost], untilMs: 60_000 })
  expect(played.story('starting', 'running', 'killed', 'initialized')).toEqual([
    '0 proxy starting',
    '12 proxy running',
    '12 proxy killed sandbox',
    '12 proxy starting',
    '24 proxy running',
    '24 pod initialized',
    '24 web starting',
    '24 web running',
  ])
})

it('does not forget how the apps of a Pod ended that was being deleted', () => {
  const played = play([sidecar('proxy', { onStop: 'ignored' }), app('web')], {
    script: [{ atMs: 9000, event: { type: 'terminate' } }, lost],
  })
  expect(played.story('exited', 'phase').slice(2)).toEqual([
    '9 web exited 0',
    '10 proxy exited 137',
    '10 pod phase Succeeded',
  ])
})

it('starts nothing anew in a Pod that was being deleted', () => {
  const played = play([sidecar('proxy'), app('web', { onStop: 'ignored' })], {
    script: [{ atMs: 9000, event: { type: 'terminate' } }, lost],
  })
  expect(played.times('web', 'starting')).toEqual([0])
  expect(played.story('ended')).toEqual(['10 pod ended'])
})

it('S16 ends a Pod that never restarts, in whatever order its containers go', () => {
  for (const sidecarsLast of [true, false]) {
    const slow = { startTakesMs: sidecarsLast ? 12_000 : 0 }
    const played = play([sidecar('proxy', slow), app('web')], { restartPolicy: 'Never', script: [lost] })
    expect(played.story('terminating', 'ended').map((line) => line.replace(/^[0-9.]+ /, ''))).toEqual([
      'pod terminating SandboxLost',
      'pod ended',
    ])
    expect(played.phaseAt(60_000)).toBe('Failed')
  }
})
