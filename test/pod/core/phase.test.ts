import { describe, expect, it } from 'vitest'
import { type PodPhase, phaseOf } from './phase.ts'
import { nodeRulesDefault, type PodPlan } from './plan.ts'
import { app, exitsAfter, init, play, sidecar } from './played-pod.ts'
import type { ContainerState, Life, PodState } from './state.ts'

const alive = { sinceMs: 0, started: true, ready: true, probing: {} }
const lives = {
  none: { is: 'absent' },
  running: { is: 'running', ...alive, started: false },
  started: { is: 'running', ...alive },
  succeeded: { is: 'gone', sinceMs: 0, exitCode: 0 },
  failed: { is: 'gone', sinceMs: 0, exitCode: 1 },
  restarting: { is: 'starting' },
  starting: { is: 'starting' },
  startFailed: { is: 'gone', sinceMs: 0 },
} as const satisfies Record<string, Life>
type LifeName = keyof typeof lives
const exitCodes: Partial<Record<LifeName, { lastExitCode: number }>> = {
  succeeded: { lastExitCode: 0 },
  failed: { lastExitCode: 1 },
  restarting: { lastExitCode: 1 },
}

/** A Pod with a plain init container that is done, one sidecar and two apps. */
function pod(
  restartPolicy: PodPlan['restartPolicy'],
  x: LifeName,
  a: LifeName,
  b: LifeName,
  initialized: boolean,
): PodState {
  const container = (role: 'init' | 'sidecar' | 'app', name: string, life: LifeName): ContainerState => ({
    plan: { name, role },
    run: 0,
    life: lives[life],
    ...exitCodes[life],
  })
  const containers = [
    container('init', 'done', 'succeeded'),
    container('sidecar', 'X', x),
    container('app', 'A', a),
    container('app', 'B', b),
  ]
  return {
    plan: { restartPolicy, terminationGracePeriodMs: 30_000, containers: containers.map(({ plan }) => plan) },
    rules: nodeRulesDefault,
    bornMs: 0,
    initialized,
    sandbox: 'up',
    containers,
    told: { ready: false, ended: false },
  }
}

type Row = readonly [PodPlan['restartPolicy'], LifeName, LifeName, LifeName, boolean, PodPhase]

const oracle: readonly Row[] = [
  ['Always', 'none', 'none', 'none', false, 'Pending'],
  ['Always', 'running', 'none', 'none', false, 'Pending'],
  ['Always', 'started', 'none', 'none', false, 'Pending'],
  ['Always', 'failed', 'none', 'none', false, 'Pending'],
  ['Always', 'started', 'started', 'none', true, 'Pending'],
  ['Always', 'started', 'started', 'started', true, 'Running'],
  ['Always', 'running', 'started', 'started', true, 'Running'],
  ['Always', 'succeeded', 'started', 'started', true, 'Running'],
  ['Always', 'failed', 'started', 'started', true, 'Running'],
  ['Always', 'restarting', 'started', 'started', true, 'Running'],
  ['Always', 'started', 'started', 'started', false, 'Pending'],
  ['Always', 'started', 'succeeded', 'succeeded', true, 'Running'],
  ['Always', 'failed', 'failed', 'restarting', true, 'Running'],
  ['Never', 'started', 'succeeded', 'succeeded', true, 'Running'],
  ['Never', 'running', 'succeeded', 'succeeded', true, 'Running'],
  ['Never', 'succeeded', 'succeeded', 'succeeded', true, 'Succeeded'],
  ['Never', 'failed', 'succeeded', 'succeeded', true, 'Succeeded'],
  ['Never', 'restarting', 'succeeded', 'succeeded', true, 'Succeeded'],
  ['Never', 'failed', 'succeeded', 'failed', true, 'Failed'],
  ['OnFailure', 'failed', 'succeeded', 'succeeded', true, 'Succeeded'],
  ['OnFailure', 'failed', 'succeeded', 'failed', true, 'Running'],
  ['Never', 'started', 'started', 'starting', true, 'Pending'],
  ['Never', 'started', 'started', 'startFailed', true, 'Pending'],
]

describe('the phase of a Pod that is not ending', () => {
  it.each(oracle)('S35 under %s with X %s, A %s, B %s, initialized %s is %s', (policy, x, a, b, initialized, phase) => {
    expect(phaseOf(pod(policy, x, a, b, initialized))).toBe(phase)
  })
})

it('is not told as final while a start is in flight, that of a sidecar whose apps are done included', () => {
  const crashesOnce = (run: number) => (run === 0 ? { afterMs: 1000, code: 1 } : undefined)
  const played = play(
    [sidecar('proxy', { startTakesMs: 3000, exits: crashesOnce }), app('job', { exits: exitsAfter(2500) })],
    { restartPolicy: 'Never' },
  )
  expect(played.story('phase', 'running', 'exited').slice(3)).toEqual([
    '3 pod phase Running',
    '4 proxy exited 1',
    '5.5 job exited 0',
    '7 proxy running',
    '7 proxy exited 0',
    '7 pod phase Succeeded',
  ])
})

describe('the phase of a Pod that has ended', () => {
  it.each(['Always', 'OnFailure', 'Never'] as const)(
    'S27 S35 under %s is Succeeded when all apps exited 0, however the sidecar did',
    (restartPolicy) => {
      for (const x of ['succeeded', 'failed', 'none'] as const) {
        const ended = pod(restartPolicy, x, 'succeeded', 'succeeded', true)
        expect(phaseOf({ ...ended, termination: { reason: 'Deleted', sinceMs: 0, graceMs: 0 } })).toBe('Succeeded')
      }
    },
  )

  it('S24 is Failed when an app exited otherwise', () => {
    const played = play([sidecar('proxy'), app('web', { onStop: { afterMs: 0, code: 143 } })], {
      script: [{ atMs: 1000, event: { type: 'terminate' } }],
    })
    expect(played.phaseAt(1000)).toBe('Failed')
  })

  it('is Failed when it was deleted before its apps had run', () => {
    const played = play([init('waits'), app('web')], { script: [{ atMs: 1000, event: { type: 'terminate' } }] })
    expect(played.phaseAt(1000)).toBe('Failed')
  })
})
