import { describe, expect, it } from 'vitest'
import { type Actor, app, everySecond, exitsAfter, init, type PlayOptions, play, sidecar } from './played-pod.ts'

/** Deletes the Pod after ten seconds of life; times in the expectations count from its creation. */
function deleted(actors: readonly Actor[], graceMs?: number, options: PlayOptions = {}) {
  const event = { type: 'terminate', ...(graceMs === undefined ? {} : { graceMs }) } as const
  return play(actors, { script: [{ atMs: 10_000, event }], ...options })
}

const ends = (afterMs: number) => ({ onStop: { afterMs, code: 0 } })

describe('the order of the stop signals', () => {
  it('S22 is apps first, together, then sidecars from the last to the first, one after another', () => {
    const played = deleted([
      sidecar('first', ends(1000)),
      sidecar('second', ends(1000)),
      sidecar('third', ends(1000)),
      app('a', ends(3000)),
      app('b', ends(5000)),
    ])
    expect(played.story('stopSignal', 'exited')).toEqual([
      '10 a stopSignal termination',
      '10 b stopSignal termination',
      '13 a exited 0',
      '15 b exited 0',
      '15 third stopSignal termination',
      '16 third exited 0',
      '16 second stopSignal termination',
      '17 second exited 0',
      '17 first stopSignal termination',
      '18 first exited 0',
    ])
  })

  it('S23 waits for nothing that does not run: a Pod killed during init ends at once', () => {
    const played = deleted([sidecar('proxy'), init('waits', ends(1000)), sidecar('never started'), app('web')])
    expect(played.story('stopSignal', 'exited', 'ended')).toEqual([
      '10 proxy stopSignal termination',
      '10 waits stopSignal termination',
      '10 proxy exited 0',
      '11 waits exited 0',
      '11 pod ended',
    ])
  })

  it('S22 lets a sidecar wait only for the next one: where that is dead, the chain is broken', () => {
    const played = deleted(
      [
        sidecar('first', ends(4000)),
        sidecar('dead', { exits: exitsAfter(9500, 1) }),
        sidecar('third', ends(4000)),
        app('web', ends(2000)),
      ],
      undefined,
      { script: [{ atMs: 19_100, event: { type: 'terminate' } }] },
    )
    expect(played.times('web', 'exited')).toEqual([21.1])
    expect(played.times('first', 'stopSignal')).toEqual([21.1])
    expect(played.times('third', 'stopSignal')).toEqual([21.1])
  })

  it('counts a sidecar that is being started when the Pod is deleted, and stops it in its turn', () => {
    const played = deleted([sidecar('first'), sidecar('slow', { startTakesMs: 12_000 }), app('web')])
    expect(played.story('running', 'stopSignal', 'exited')).toEqual([
      '0 first running',
      '12 slow running',
      '12 slow stopSignal termination',
      '12 slow exited 0',
      '12 first stopSignal termination',
      '12 first exited 0',
    ])
  })

  it('stops a container in the middle of its postStart hook', () => {
    const played = deleted([
      sidecar('proxy'),
      app('web', { postStart: { takesMs: Number.POSITIVE_INFINITY }, ...ends(500) }),
    ])
    expect(played.story('stopSignal', 'exited')).toEqual([
      '10 web stopSignal termination',
      '10.5 web exited 0',
      '10.5 proxy stopSignal termination',
      '10.5 proxy exited 0',
    ])
  })
})

describe('preStop', () => {
  it('S21 runs for every container at t0, sidecars too, long before their own stop signal', () => {
    const played = deleted([
      sidecar('proxy', { preStop: { takesMs: 200 } }),
      app('web', { preStop: { takesMs: 3000 }, ...ends(2000) }),
    ])
    expect(played.story('preStop', 'preStopDone', 'stopSignal')).toEqual([
      '10 proxy preStop',
      '10 web preStop',
      '10.2 proxy preStopDone',
      '13 web preStopDone',
      '13 web stopSignal termination',
      '15 proxy stopSignal termination',
    ])
  })

  it('S21 is charged to the grace of its container', () => {
    const played = deleted([app('web', { preStop: { takesMs: 6000 }, onStop: 'ignored' })], 10_000)
    expect(played.times('web', 'stopSignal')).toEqual([16])
    expect(played.times('web', 'killed')).toEqual([20])
  })

  it('is cut off at the end of the grace, and then there are two seconds more', () => {
    const played = deleted([app('web', { preStop: { takesMs: 60_000 }, onStop: 'ignored' })], 5000)
    expect(played.story('preStopDone', 'stopSignal', 'killed')).toEqual([
      '15 web preStopDone failed',
      '15 web stopSignal termination',
      '17 web killed termination',
    ])
  })

  it('S27 that fails changes nothing', () => {
    const played = deleted([app('web', { preStop: { takesMs: 100, ok: false } })])
    expect(played.story('preStopDone', 'stopSignal', 'exited', 'phase')).toEqual([
      '0 pod phase Pending',
      '0 pod phase Running',
      '10.1 web preStopDone failed',
      '10.1 web stopSignal termination',
      '10.1 web exited 0',
      '10.1 pod phase Succeeded',
    ])
  })

  it('S30 that makes a sidecar exit takes it from the app for the rest of the termination', () => {
    const played = deleted([sidecar('proxy', { preStop: { takesMs: 100, endsProcess: true } }), app('web', ends(8000))])
    expect(played.story('starting', 'exited', 'stopSignal')).toEqual([
      '0 proxy starting',
      '0 web starting',
      '10 web stopSignal termination',
      '10.1 proxy exited 0',
      '18 web exited 0',
    ])
  })

  it('keeps the sidecars waiting when the app itself is gone but its hook still runs', () => {
    const played = deleted([sidecar('proxy'), app('web', { preStop: { takesMs: 5000 }, exits: exitsAfter(11_000) })])
    expect(played.story('exited', 'preStopDone', 'stopSignal')).toEqual([
      '11 web exited 0',
      '15 web preStopDone',
      '15 proxy stopSignal termination',
      '15 proxy exited 0',
    ])
  })
})

describe('the one budget of the Pod', () => {
  it('S20 is its terminationGracePeriodSeconds where the deletion says nothing', () => {
    const played = deleted([app('web', { onStop: 'ignored' })], undefined, { terminationGracePeriodMs: 7000 })
    expect(played.times('web', 'killed')).toEqual([17])
  })

  it('S24 gives all that wait their stop signal together when it is used up, and SIGKILL two seconds later', () => {
    const played = deleted(
      [sidecar('needs 20 s', ends(20_000)), sidecar('needs 1 s', ends(1000)), app('web', { onStop: 'ignored' })],
      5000,
    )
    expect(played.story('stopSignal', 'killed', 'exited', 'phase').slice(2)).toEqual([
      '10 web stopSignal termination',
      '15 needs 20 s stopSignal termination',
      '15 needs 1 s stopSignal termination',
      '15 web killed termination',
      '15 web exited 137',
      '16 needs 1 s exited 0',
      '17 needs 20 s killed termination',
      '17 needs 20 s exited 137',
      '17 pod phase Failed',
    ])
  })

  it('S25 leaves every sidecar two seconds even when the one before it has eaten the rest', () => {
    const played = deleted([sidecar('first', ends(1000)), sidecar('greedy', { onStop: 'ignored' }), app('web')], 5000)
    expect(played.story('stopSignal', 'killed', 'exited')).toEqual([
      '10 web stopSignal termination',
      '10 web exited 0',
      '10 greedy stopSignal termination',
      '15 first stopSignal termination',
      '15 greedy killed termination',
      '15 greedy exited 137',
      '16 first exited 0',
    ])
  })

  it('S24 gives the full two seconds also to one that got its signal just before the end', () => {
    const played = deleted([sidecar('proxy', { onStop: 'ignored' }), app('web', ends(4000))], 5000)
    expect(played.times('proxy', 'stopSignal')).toEqual([14])
    expect(played.times('proxy', 'killed')).toEqual([16])
  })

  it('counts what was waited in whole seconds, cut downwards, as the kubelet does', () => {
    const played = deleted([sidecar('proxy', { onStop: 'ignored' }), app('web', ends(3900))], 10_000)
    expect(played.times('proxy', 'stopSignal')).toEqual([13.9])
    expect(played.times('proxy', 'killed')).toEqual([20.9])
  })

  it('S26 of zero is one of a second: preStop and order within it, and then the two seconds', () => {
    const played = deleted(
      [
        sidecar('proxy', { preStop: { takesMs: 20_000 }, onStop: 'ignored' }),
        sidecar('logs', ends(1500)),
        app('web', { preStop: { takesMs: 20_000 }, onStop: 'ignored' }),
      ],
      0,
    )
    expect(played.story('preStop', 'stopSignal', 'killed', 'exited')).toEqual([
      '10 proxy preStop',
      '10 web preStop',
      '11 logs stopSignal termination',
      '11 proxy stopSignal termination',
      '11 web stopSignal termination',
      '12.5 logs exited 0',
      '13 proxy killed termination',
      '13 web killed termination',
      '13 proxy exited 137',
      '13 web exited 137',
    ])
  })

  it('can be shortened by a second deletion, but not lengthened', () => {
    const script = (graceMs: number) => ({
      script: [
        { atMs: 10_000, event: { type: 'terminate' } as const },
        { atMs: 12_000, event: { type: 'terminate', graceMs } as const },
      ],
    })
    const actors = [sidecar('proxy', { onStop: 'ignored' }), app('web', { onStop: 'ignored' })]
    const shortened = play(actors, script(1000))
    expect(shortened.times('web', 'killed')).toEqual([14])
    expect(shortened.times('proxy', 'stopSignal')).toEqual([13])
    expect(play(actors, script(300_000)).times('web', 'killed')).toEqual([40])
  })

  it('also ends a container that was being killed for its probe when the Pod was deleted', () => {
    const played = deleted(
      [app('web', { livenessProbe: everySecond(), answers: () => false, onStop: 'ignored' })],
      3000,
      { terminationGracePeriodMs: 600_000 },
    )
    expect(played.story('stopSignal', 'killed')).toEqual([
      '2 web stopSignal livenessProbe',
      '13 web killed livenessProbe',
    ])
  })
})

describe('once termination has begun', () => {
  it('the init list is never done, even when its last entry exits 0 for its stop signal', () => {
    const played = deleted([sidecar('proxy'), init('waits', ends(1000)), app('web')])
    expect(played.story('exited', 'initialized', 'ended')).toEqual([
      '10 proxy exited 0',
      '11 waits exited 0',
      '11 pod ended',
    ])
  })

  it('S29 nothing restarts: neither a sidecar that dies nor one in back-off', () => {
    const played = deleted([
      sidecar('dies', { exits: exitsAfter(11_000, 1) }),
      sidecar('backing off', { exits: exitsAfter(1000, 1) }),
      app('web', ends(5000)),
    ])
    expect(played.times('dies', 'starting')).toEqual([0])
    expect(played.times('backing off', 'starting')).toEqual([0, 1])
    expect(played.story('ended')).toEqual(['15 pod ended'])
  })

  it('S29 a sidecar that dies early keeps its place: the one before it still waits for the one after', () => {
    const played = deleted([
      sidecar('first'),
      sidecar('dies', { exits: exitsAfter(11_000, 1) }),
      sidecar('third', ends(6000)),
      app('web', ends(3000)),
    ])
    expect(played.story('exited', 'stopSignal')).toEqual([
      '10 web stopSignal termination',
      '11 dies exited 1',
      '13 web exited 0',
      '13 third stopSignal termination',
      '19 third exited 0',
      '19 first stopSignal termination',
      '19 first exited 0',
    ])
  })
})

describe('a Pod whose apps are done', () => {
  it('S33 completes: the sidecars end in reverse order, within the grace of the Pod', () => {
    const played = play(
      [sidecar('first', ends(500)), sidecar('second', { onStop: 'ignored' }), app('job', { exits: exitsAfter(4000) })],
      { restartPolicy: 'Never', terminationGracePeriodMs: 3000 },
    )
    expect(played.story('exited', 'terminating', 'stopSignal', 'killed', 'phase', 'ended')).toEqual([
      '0 pod phase Pending',
      '0 pod phase Running',
      '4 job exited 0',
      '4 pod terminating Completed',
      '4 second stopSignal termination',
      '7 first stopSignal termination',
      '7 second killed termination',
      '7 second exited 137',
      '7.5 first exited 0',
      '7.5 pod phase Succeeded',
      '7.5 pod ended',
    ])
  })

  it('S33 runs the preStop of its sidecars at the moment the last app is done', () => {
    const played = play([sidecar('proxy', { preStop: { takesMs: 100 } }), app('job', { exits: exitsAfter(4000) })], {
      restartPolicy: 'OnFailure',
    })
    expect(played.times('proxy', 'preStop')).toEqual([4])
  })
})

describe('the terminating entry', () => {
  it('keeps its first reason when the Pod is deleted while it completes', () => {
    const played = play([sidecar('proxy', { onStop: 'ignored' }), app('job', { exits: exitsAfter(4000) })], {
      restartPolicy: 'Never',
      script: [{ atMs: 5000, event: { type: 'terminate', graceMs: 0 } }],
    })
    expect(played.story('terminating')).toEqual(['4 pod terminating Completed', '5 pod terminating Completed'])
  })

  it('tells the reason and the grace', () => {
    const played = deleted([app('web')], 3000)
    expect(played.entries.find((entry) => entry.what === 'terminating')).toEqual({
      atMs: 10_000,
      what: 'terminating',
      reason: 'Deleted',
      graceMs: 3000,
    })
  })
})
