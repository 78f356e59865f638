import { describe, expect, it } from 'vitest'
import type { PodEvent } from './events.ts'
import { app, everySecond, exitsAfter, play, sidecar } from './played-pod.ts'
import { newPod, step } from './pod-machine.ts'

describe('news of an earlier run', () => {
  const late: readonly PodEvent[] = [
    { type: 'exited', exitCode: 9, container: 'web', run: 0 },
    { type: 'running', container: 'web', run: 0 },
    { type: 'startFailed', message: 'late', container: 'web', run: 0 },
    { type: 'probed', probe: 'liveness', ok: false, message: 'late', container: 'web', run: 0 },
    { type: 'hookDone', hook: 'preStop', ok: true, container: 'web', run: 0 },
    { type: 'exited', exitCode: 9, container: 'nobody', run: 0 },
  ]

  it.each(late)('is no news: $type', (event) => {
    const crashing = app('web', {
      exits: (run) => (run === 0 ? { afterMs: 1000, code: 1 } : undefined),
      livenessProbe: everySecond({ failureThreshold: 1 }),
      answerTakesMs: 600,
    })
    const without = play([crashing], { untilMs: 10_000 })
    const withLateNews = play([crashing], { untilMs: 10_000, script: [{ atMs: 1200, event }] })
    expect(withLateNews.story()).toEqual(without.story())
  })
})

describe('the alarm of a step', () => {
  it('is set again by a tick that came a fraction of a millisecond early, as timers do', () => {
    const plan = {
      restartPolicy: 'Always',
      terminationGracePeriodMs: 0,
      containers: [{ name: 'web', role: 'app', readinessProbe: everySecond({ initialDelayMs: 1000 }) }],
    } as const
    const { state } = step(newPod(plan, 0), { type: 'tick' }, 0)
    const running = step(state, { type: 'running', container: 'web', run: 0 }, 10)
    expect(running.wakeAtMs).toBe(1010)
    const early = step(running.state, { type: 'tick' }, 1009.7)
    expect(early).toMatchObject({ actions: [], wakeAtMs: 1010 })
    expect(step(early.state, { type: 'tick' }, 1010).actions).toMatchObject([{ do: 'probe', probe: 'readiness' }])
  })

  it('is not set when only an event can change something', () => {
    expect(play([sidecar('proxy'), app('web')], { untilMs: 1 }).state.initialized).toBe(true)
    const { state } = play([sidecar('proxy', { exits: exitsAfter(600_000) }), app('web')], { untilMs: 1 })
    expect(step(state, { type: 'tick' }, 2).wakeAtMs).toBeUndefined()
  })
})
