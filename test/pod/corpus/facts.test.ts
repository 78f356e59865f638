import { describe, expect, it } from 'vitest'
import { factsOf } from './facts.ts'
import { exits, isTold, lifeOf, runs, starts, terminating } from './life.case.ts'

describe('the end of each run', () => {
  it('is its exit code, that it was killed, and its message', () => {
    const life = lifeOf([
      [1, runs('app')],
      [2, { ...exits('app', 4), message: 'no disk' }],
      [3, runs('app', 1)],
      [4, { container: 'app', run: 1, what: 'killed', why: 'livenessProbe' }],
      [4, exits('app', 137, 1)],
      [5, runs('app', 2)],
    ])
    expect(factsOf(life).runs).toEqual({ proxy: [], app: ['exits 4, "no disk"', 'exits 137, killed', 'runs on'] })
  })

  it('is no SIGKILL when that came too late', () => {
    const life = lifeOf([
      [1, runs('app')],
      [2, { container: 'app', run: 0, what: 'killed', why: 'termination' }],
      [2, exits('app', 0)],
    ])
    expect(factsOf(life).runs.app).toEqual(['exits 0'])
  })

  it('counts a start that fails once, however often it was tried', () => {
    const failed = (run: number) => ({ container: 'app', run, what: 'startFailed', message: 'no image' }) as const
    expect(
      factsOf(
        lifeOf([
          [1, failed(0)],
          [2, failed(1)],
          [3, runs('app', 2)],
        ]),
      ).runs.app,
    ).toEqual(['cannot start', 'runs on'])
  })
})

describe('the moments', () => {
  const names = (...life: Parameters<typeof lifeOf>): string[] =>
    factsOf(lifeOf(...life)).moments.map(({ name }) => name)

  it('stand in the order of time, with the number of the run and the hooks of the puppets', () => {
    expect(
      names(
        [
          [1, runs('app')],
          [3, exits('app', 1)],
          [4, runs('app', 1)],
        ],
        [
          [2, 'app', 'postStart'],
          [2.5, 'app', 'done postStart'],
          [2.6, 'app', 'still here'],
        ],
      ),
    ).toEqual(['app runs', 'app postStart', 'app done postStart', 'app exits', 'app#2 runs'])
  })

  it('tell that a container has started only where that is more than that it runs', () => {
    expect(
      names([
        [1, runs('proxy')],
        [2, starts('proxy')],
        [3, runs('app')],
        [3, starts('app')],
      ]),
    ).toEqual(['proxy runs', 'proxy has started', 'app runs'])
  })

  it('tell of the readiness of the Pod where a container is asked for its own, and only until the end begins', () => {
    const ready = { what: 'podReady' } as const
    expect(names([[1, ready]])).toEqual([])
    const asked = { container: 'app', run: 0, what: 'ready' } as const
    expect(
      names([
        [1, asked],
        [2, ready],
        [3, terminating('Deleted')],
        [3.1, { what: 'podNotReady' }],
        [3.2, { ...asked, what: 'notReady' }],
      ]),
    ).toEqual(['app is ready', 'Pod is ready', 'deletion'])
  })
})

describe('the times', () => {
  it('of a deletion count from it', () => {
    const life = lifeOf(
      [
        [5, terminating('Deleted')],
        [7, isTold('app')],
        [8, exits('app', 0)],
      ],
      [[5, 'app', 'preStop']],
    )
    expect(factsOf(life).times).toEqual({
      'app preStop, into the end': 0,
      'app is told to end, into the end': 2,
      'app exits, into the end': 3,
    })
  })

  it('of a completion count from the first word to a sidecar, which a kubelet says a second later', () => {
    const life = lifeOf([
      [4, exits('app', 0)],
      [4, terminating('Completed')],
      [5.5, isTold('proxy')],
      [7.5, exits('proxy', 0)],
    ])
    expect(factsOf(life).times).toEqual({
      'proxy is told to end, into the end': 0,
      'proxy exits, into the end': 2,
    })
  })

  it('of a run that a probe ended count from its signal, those of a restart from the end before it', () => {
    const life = lifeOf([
      [1, isTold('app', 'livenessProbe')],
      [3, exits('app', 0)],
      [13, runs('app', 1)],
    ])
    expect(factsOf(life)).toMatchObject({
      times: { 'app exits, after its signal': 2 },
      pauses: { 'app#2': 10 },
    })
  })
})

it('the notes of the puppets are facts, their other lines are not', () => {
  expect(
    factsOf(
      lifeOf(
        [],
        [
          [1, 'app', 'up'],
          [2, 'app', 'note /live was refused 3 times'],
        ],
      ),
    ).notes,
  ).toEqual({ app: ['/live was refused 3 times'] })
})
