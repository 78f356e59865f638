import { describe, expect, it } from 'vitest'
import { afterRestart, type BackOff, mayRestartAtMs } from './back-off.ts'
import { app, everySecond, exitsAfter, play, sidecar } from './played-pod.ts'

const cap = 300_000

/** The delays before each of `count` restarts of a container that ends `lifeMs` after each start. */
function delays(lifeMs: number, count: number, delayMaxMs = cap): number[] {
  let backOff: BackOff | undefined
  let endedMs = lifeMs
  return Array.from({ length: count }, () => {
    const restartMs = mayRestartAtMs(backOff, endedMs)
    const delayMs = restartMs - endedMs
    backOff = afterRestart(backOff, endedMs, restartMs, delayMaxMs)
    endedMs = restartMs + lifeMs
    return delayMs / 1000
  })
}

describe('the delay before a restart', () => {
  it('S10 is nothing the first time, then 10 s, and doubles up to 300 s', () => {
    expect(delays(1000, 9)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300])
  })

  it('S10 begins anew after a run of more than ten minutes', () => {
    expect(delays(600_000, 4)).toEqual([0, 10, 20, 40])
    expect(delays(600_001, 4)).toEqual([0, 0, 0, 0])
  })

  it('S10 has a lower ceiling where the node sets one', () => {
    expect(delays(1000, 4, 1000)).toEqual([0, 1, 1, 1])
    expect(delays(1000, 5, 25_000)).toEqual([0, 10, 20, 25, 25])
  })
})

describe('a container that is killed for a probe', () => {
  /** Each run lives 3 s: it fails its probe at once, and takes so long to end. */
  const failing = (lifeMs: number) =>
    sidecar('proxy', {
      startupProbe: { ...everySecond(), failureThreshold: 1 },
      answers: () => false,
      onStop: { afterMs: lifeMs, code: 0 },
    })

  it('S10 runs again at once twice, then waits from the end of its last run, as the kubelet 1.33 was seen to do', () => {
    expect(play([failing(3000), app('web')], { untilMs: 50_000 }).times('proxy', 'starting')).toEqual([0, 3, 6, 19, 42])
  })

  it('S10 runs again at once when the run that was killed had outlived the delay itself', () => {
    expect(play([failing(10_000), app('web')], { untilMs: 60_000 }).times('proxy', 'starting')).toEqual([
      0, 10, 20, 30, 60,
    ])
  })
})

describe('a container that ends', () => {
  it.each([
    ['exit 0', 0],
    ['exit 1', 1],
    ['SIGKILL', 137],
  ])('S10 a sidecar is restarted after %s, whatever the policy of the Pod', (_how, code) => {
    const played = play([sidecar('proxy', { exits: exitsAfter(1000, code) }), app('web')], {
      restartPolicy: 'Never',
      untilMs: 35_000,
    })
    expect(played.times('proxy', 'starting')).toEqual([0, 1, 12, 33])
  })

  it('S11 is restarted alone: nothing happens to the app', () => {
    const played = play([sidecar('proxy', { exits: exitsAfter(1000, 1) }), app('web')], { untilMs: 600_000 })
    expect(played.story('starting').filter((line) => line.includes('web'))).toEqual(['0 web starting'])
    expect(played.times('web', 'exited')).toEqual([])
  })

  it.each([
    ['Always', 0, true],
    ['Always', 1, true],
    ['OnFailure', 0, false],
    ['OnFailure', 1, true],
    ['Never', 0, false],
    ['Never', 1, false],
  ] as const)('an app under %s that exits %i is restarted: %s', (restartPolicy, code, isRestarted) => {
    const other = app('other')
    const played = play([app('web', { exits: exitsAfter(1000, code) }), other], { restartPolicy, untilMs: 5000 })
    expect(played.times('web', 'starting')).toEqual(isRestarted ? [0, 1] : [0])
  })
})
