import { describe, expect, it } from 'vitest'
import { app, everySecond, exitsAfter, init, play, sidecar } from './played-pod.ts'

const untilMs = 60_000

describe('the init list', () => {
  it('S2 is one ordered list: a plain init container below a sidecar waits for it, one above does not', () => {
    const played = play(
      [
        init('before', { exits: exitsAfter(2000) }),
        sidecar('proxy', { startupProbe: everySecond(), answers: (_probe, sinceMs) => sinceMs >= 2000 }),
        init('after', { exits: exitsAfter(1000) }),
        sidecar('logs'),
        app('web'),
      ],
      { untilMs },
    )
    expect(played.story('starting', 'started', 'exited', 'initialized')).toEqual([
      '0 before starting',
      '0 before started',
      '2 before exited 0',
      '2 proxy starting',
      '4 proxy started',
      '4 after starting',
      '4 after started',
      '5 after exited 0',
      '5 logs starting',
      '5 logs started',
      '5 pod initialized',
      '5 web starting',
      '5 web started',
    ])
  })

  it('S2 lets an init that waits for a sidecar listed after it wait for ever', () => {
    const played = play([init('waits for proxy'), sidecar('proxy'), app('web')], { untilMs })
    expect(played.times('proxy', 'starting')).toEqual([])
    expect(played.phaseAt(untilMs)).toBe('Pending')
  })

  it('S2 starts the apps at once when there is no init list', () => {
    expect(play([app('web')], { untilMs }).story('initialized', 'starting')).toEqual([
      '0 pod initialized',
      '0 web starting',
    ])
  })

  it('S2 does not hold up the next entry again when a sidecar that had started crashes', () => {
    const played = play(
      [
        sidecar('proxy', { exits: (run) => (run < 2 ? { afterMs: 500, code: 1 } : undefined) }),
        init('migrate', { exits: exitsAfter(3000) }),
        app('web'),
      ],
      { untilMs },
    )
    expect(played.times('proxy', 'exited')).toEqual([0.5, 1])
    expect(played.times('web', 'starting')).toEqual([3])
    expect(played.times('proxy', 'starting')).toEqual([0, 0.5, 11])
  })

  it('waits for a last sidecar that crashed before the apps could start', () => {
    const played = play(
      [
        sidecar('proxy', {
          startupProbe: everySecond(),
          answers: (_probe, sinceMs) => sinceMs >= 2000,
          exits: (run) => (run === 0 ? { afterMs: 1500, code: 1 } : undefined),
        }),
        app('web'),
      ],
      { untilMs },
    )
    expect(played.times('proxy', 'starting')).toEqual([0, 1.5])
    expect(played.times('web', 'starting')).toEqual([3.5])
  })

  it('runs a regular init container only once when the apps restart', () => {
    const played = play([init('migrate', { exits: exitsAfter(100) }), app('web', { exits: exitsAfter(1000, 1) })], {
      untilMs: 3_600_000,
    })
    expect(played.times('migrate', 'starting')).toEqual([0])
    expect(played.times('web', 'starting').length).toBeGreaterThan(10)
  })
})

describe('started', () => {
  it('S3 without a startupProbe means that the process runs, and nothing else', () => {
    const played = play([sidecar('proxy', { startTakesMs: 700 }), app('web')], { untilMs })
    expect(played.story('starting', 'running', 'started')).toEqual([
      '0 proxy starting',
      '0.7 proxy running',
      '0.7 proxy started',
      '0.7 web starting',
      '0.7 web running',
      '0.7 web started',
    ])
  })

  it('S3 with a postStart hook means that the hook is done, and with both that the probe passed after it', () => {
    const played = play([sidecar('proxy', { postStart: { takesMs: 1500 }, startupProbe: everySecond() }), app('web')], {
      untilMs,
    })
    expect(played.story('running', 'postStart', 'postStartDone', 'started')).toEqual([
      '0 proxy running',
      '0 proxy postStart',
      '1.5 proxy postStartDone',
      '1.5 proxy started',
      '1.5 web running',
      '1.5 web started',
    ])
  })

  it('S4 does not wait for readiness or liveness', () => {
    const never = {
      readinessProbe: everySecond(),
      livenessProbe: everySecond({ failureThreshold: 100 }),
      answers: () => false,
    }
    const played = play([sidecar('proxy', never), app('web')], { untilMs })
    expect(played.times('web', 'started')).toEqual([0])
  })

  it('S9 costs a whole period when the first answer comes too early', () => {
    const slow = everySecond({ periodMs: 10_000 })
    const played = play(
      [sidecar('proxy', { startupProbe: slow, answers: (_probe, sinceMs) => sinceMs > 50 }), app('web')],
      { untilMs },
    )
    expect(played.times('web', 'starting')).toEqual([10])
  })
})

describe('postStart', () => {
  it('S5 has the container killed and started again when it fails, while the next one waits', () => {
    const played = play([sidecar('proxy', { postStart: { takesMs: 1000, ok: false } }), app('web')], {
      untilMs: 12_500,
    })
    expect(played.story('starting', 'postStartDone', 'stopSignal', 'exited', 'backOff')).toEqual([
      '0 proxy starting',
      '1 proxy postStartDone failed',
      '1 proxy stopSignal postStart',
      '1 proxy exited 0',
      '1 proxy starting',
      '2 proxy postStartDone failed',
      '2 proxy stopSignal postStart',
      '2 proxy exited 0',
      '2 proxy backOff 10',
      '12 proxy starting',
    ])
  })

  it('S5 of a container that hangs keeps everything else from starting', () => {
    const played = play(
      [
        sidecar('proxy', { exits: (run) => (run === 0 ? { afterMs: 5000, code: 1 } : undefined) }),
        app('web', { postStart: { takesMs: Number.POSITIVE_INFINITY } }),
        app('worker'),
      ],
      { untilMs },
    )
    expect(played.times('proxy', 'starting')).toEqual([0])
    expect(played.times('worker', 'starting')).toEqual([])
  })
})

describe('a start that fails', () => {
  it('S6 of a sidecar is retried with back-off, and the Pod stays Pending', () => {
    const played = play([sidecar('proxy', { startsThatFail: 3 }), app('web')], { untilMs })
    expect(played.story('startFailed', 'backOff', 'running')).toEqual([
      '0 proxy startFailed',
      '0 proxy startFailed',
      '0 proxy backOff 10',
      '10 proxy startFailed',
      '10 proxy backOff 20',
      '30 proxy running',
      '30 web running',
    ])
    expect(played.phaseAt(29_999)).toBe('Pending')
  })

  it('S6 of an app is retried even when the Pod never restarts', () => {
    const played = play([app('web', { startsThatFail: 1 })], { restartPolicy: 'Never', untilMs })
    expect(played.times('web', 'running')).toEqual([0])
    expect(played.phaseAt(untilMs)).toBe('Running')
  })

  it('S6 of one app does not hold up the others', () => {
    const played = play([app('broken', { startsThatFail: 99 }), app('web')], { untilMs: 5000 })
    expect(played.times('web', 'running')).toEqual([0])
    expect(played.phaseAt(5000)).toBe('Pending')
  })
})

describe('a startupProbe that fails for good', () => {
  it.each(['Always', 'OnFailure', 'Never'] as const)(
    'S7 restarts the sidecar for ever and fails nothing, under %s',
    (restartPolicy) => {
      const played = play([sidecar('proxy', { startupProbe: everySecond(), answers: () => false }), app('web')], {
        restartPolicy,
        untilMs: 20_000,
      })
      expect(played.story('starting', 'probeFailed', 'stopSignal', 'phase')).toEqual([
        '0 proxy starting',
        '0 pod phase Pending',
        '2 proxy probeFailed startup',
        '2 proxy stopSignal startupProbe',
        '2 proxy starting',
        '4 proxy probeFailed startup',
        '4 proxy stopSignal startupProbe',
        '4 proxy starting',
        '6 proxy probeFailed startup',
        '6 proxy stopSignal startupProbe',
        '16 proxy starting',
        '18 proxy probeFailed startup',
        '18 proxy stopSignal startupProbe',
      ])
    },
  )
})

describe('the apps', () => {
  it('S8 start one after another in the order of the list, without waiting for each other to be started', () => {
    const played = play(
      [
        app('a', { startTakesMs: 300, startupProbe: everySecond(), answers: () => false }),
        app('b', { startTakesMs: 200, postStart: { takesMs: 1000 } }),
        app('c'),
      ],
      { untilMs: 2000 },
    )
    expect(played.story('starting')).toEqual(['0 a starting', '0.3 b starting', '1.5 c starting'])
  })
})
