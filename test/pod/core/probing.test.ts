import { describe, expect, it } from 'vitest'
import { app, everySecond, exitsAfter, play, sidecar } from './played-pod.ts'

/** Seconds at which the probes of a container were asked, told by what its `answers` saw. */
function askedTimes() {
  const asked: string[] = []
  const answers = (probe: string, sinceMs: number): boolean => {
    asked.push(`${probe} ${sinceMs / 1000}`)
    return true
  }
  return { asked, answers }
}

describe('when a probe is asked', () => {
  it('first after its initial delay, then each period from there', () => {
    const { asked, answers } = askedTimes()
    const probe = everySecond({ initialDelayMs: 2500, periodMs: 5000 })
    play([app('web', { readinessProbe: probe, answers })], { untilMs: 13_000 })
    expect(asked).toEqual(['readiness 2.5', 'readiness 7.5', 'readiness 12.5'])
  })

  it('S4 readiness and liveness only once the startupProbe has passed, which then is silent', () => {
    const { asked, answers } = askedTimes()
    const probes = {
      startupProbe: everySecond({ initialDelayMs: 1000 }),
      readinessProbe: everySecond(),
      livenessProbe: everySecond(),
    }
    play([app('web', { ...probes, answers })], { untilMs: 2000 })
    expect(asked).toEqual(['startup 1', 'readiness 1', 'liveness 1', 'readiness 2', 'liveness 2'])
  })

  it('not again before the last question was answered', () => {
    const { asked, answers } = askedTimes()
    play([app('web', { readinessProbe: everySecond(), answers, answerTakesMs: 2500 })], { untilMs: 6000 })
    expect(asked).toEqual(['readiness 0', 'readiness 2.5', 'readiness 5'])
  })
})

describe('thresholds', () => {
  it('readiness follows as many answers in a row as its thresholds ask, either way', () => {
    const pattern = [true, true, false, true, true, true, false, false, true, false, false, false, true]
    const played = play(
      [
        app('web', {
          readinessProbe: everySecond({ successThreshold: 2, failureThreshold: 3 }),
          answers: (_probe, sinceMs) => pattern[sinceMs / 1000] ?? true,
        }),
      ],
      { untilMs: 12_000 },
    )
    expect(played.story('ready', 'notReady', 'podReady', 'podNotReady')).toEqual([
      '1 web ready',
      '1 pod podReady',
      '11 web notReady',
      '11 pod podNotReady',
    ])
  })

  it('a liveness failure in between counts for nothing once an answer was good', () => {
    const played = play(
      [
        app('web', {
          livenessProbe: everySecond({ failureThreshold: 2 }),
          answers: (_probe, sinceMs) => sinceMs % 2000 === 0,
        }),
      ],
      { untilMs: 60_000 },
    )
    expect(played.times('web', 'stopSignal')).toEqual([])
  })
})

describe('readiness of the Pod', () => {
  it('S13 counts sidecars with a readinessProbe, and takes those without as ready when started', () => {
    const played = play(
      [
        sidecar('plain'),
        sidecar('gate', { readinessProbe: everySecond(), answers: (_probe, sinceMs) => sinceMs >= 4000 }),
        app('web'),
      ],
      { untilMs: 10_000 },
    )
    expect(played.story('initialized', 'podReady')).toEqual(['0 pod initialized', '4 pod podReady'])
  })
})

describe('a failed livenessProbe', () => {
  const dies = (options: object = {}) =>
    sidecar('proxy', {
      startupProbe: everySecond(),
      livenessProbe: everySecond({ failureThreshold: 2, ...options }),
      answers: (probe, sinceMs, run) => probe === 'startup' || run > 0 || sinceMs < 3000,
    })

  it('S12 has the container killed and restarted alone, and its startupProbe asked again', () => {
    const played = play([dies(), app('web')], { untilMs: 10_000 })
    expect(played.story('starting', 'started', 'probeFailed', 'stopSignal', 'exited')).toEqual([
      '0 proxy starting',
      '0 proxy started',
      '0 web starting',
      '0 web started',
      '4 proxy probeFailed liveness',
      '4 proxy stopSignal livenessProbe',
      '4 proxy exited 0',
      '4 proxy starting',
      '4 proxy started',
    ])
  })

  it('S12 S26 gives it its preStop and its grace, and waits for no turn', () => {
    const { plan, behaviour } = dies()
    const played = play(
      [
        {
          plan: { ...plan, preStop: true },
          behaviour: { ...behaviour, preStop: { takesMs: 2000 }, onStop: 'ignored' },
        },
        app('web'),
      ],
      { untilMs: 40_000, terminationGracePeriodMs: 10_000 },
    )
    expect(played.story('preStop', 'preStopDone', 'stopSignal', 'killed', 'exited')).toEqual([
      '4 proxy preStop',
      '6 proxy preStopDone',
      '6 proxy stopSignal livenessProbe',
      '14 proxy killed livenessProbe',
      '14 proxy exited 137',
    ])
  })

  it('S12 takes the Pod along when it kills the last app under Never: with its grace, and every preStop at once', () => {
    const probed = { livenessProbe: everySecond({ terminationGracePeriodMs: 2000 }), answers: () => false }
    const played = play(
      [
        sidecar('proxy', { preStop: { takesMs: 1000 } }),
        app('done', { exits: exitsAfter(500) }),
        app('web', { ...probed, onStop: { afterMs: 5000, code: 9 } }),
      ],
      { restartPolicy: 'Never', untilMs: 40_000 },
    )
    expect(played.story('terminating', 'preStop', 'stopSignal', 'killed', 'exited').slice(1)).toEqual([
      '2 pod terminating Completed',
      '2 proxy preStop',
      '2 web stopSignal termination',
      '7 web exited 9',
      '7 proxy stopSignal termination',
      '7 proxy exited 0',
    ])
    expect(played.phaseAt(7000)).toBe('Failed')
  })

  it('S12 takes the grace of the probe in place of the one of the Pod', () => {
    const { plan, behaviour } = dies({ terminationGracePeriodMs: 3000 })
    const played = play([{ plan, behaviour: { ...behaviour, onStop: 'ignored' } }, app('web')], { untilMs: 40_000 })
    expect(played.times('proxy', 'killed')).toEqual([7])
  })

  it('leaves an app dead under Never', () => {
    const { plan, behaviour } = dies()
    const played = play([{ plan: { ...plan, role: 'app' }, behaviour }], { restartPolicy: 'Never' })
    expect(played.times('proxy', 'starting')).toEqual([0])
    expect(played.phaseAt(60_000)).toBe('Succeeded')
  })
})

describe('while the Pod terminates', () => {
  const probed = {
    livenessProbe: everySecond(),
    readinessProbe: everySecond(),
    onStop: { afterMs: 4000, code: 0 },
  }

  it.each([
    ['up to 1.36 asks sidecars everything and apps only readiness', true, true],
    ['from 1.37 asks everybody only readiness', false, false],
  ])('S28 %s', (_version, probesSidecarsWhileTerminating, sidecarLiveness) => {
    const asked = new Set<string>()
    const spy = (name: string) => ({
      ...probed,
      answers: (probe: string, sinceMs: number) => {
        if (sinceMs > 10_000) asked.add(`${name} ${probe}`)
        return true
      },
    })
    play([sidecar('proxy', spy('proxy')), app('web', spy('web'))], {
      rules: { probesSidecarsWhileTerminating },
      script: [{ atMs: 10_000, event: { type: 'terminate' } }],
    })
    expect([...asked].sort()).toEqual([
      ...(sidecarLiveness ? ['proxy liveness'] : []),
      'proxy readiness',
      'web readiness',
    ])
  })

  it('S28 shows a sidecar whose liveness fails then, and kills nothing for it', () => {
    const played = play(
      [
        sidecar('proxy', { livenessProbe: everySecond(), answers: (_probe, sinceMs) => sinceMs < 10_000 }),
        app('web', probed),
      ],
      { script: [{ atMs: 10_000, event: { type: 'terminate' } }] },
    )
    expect(played.story('probeFailed', 'stopSignal')).toEqual([
      '10 web stopSignal termination',
      '12 proxy probeFailed liveness',
      '14 proxy stopSignal termination',
    ])
  })
})
