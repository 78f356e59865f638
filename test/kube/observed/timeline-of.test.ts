import { describe, expect, it } from 'vitest'
import type { Container, ContainerStatus, Pod, PodStatus } from '../objects.ts'
import type { Sightings } from './sightings.ts'
import { timelineOf } from './timeline-of.ts'

const bornMs = Date.parse('2026-01-01T00:00:00Z')
const at = (seconds: number): string => new Date(bornMs + seconds * 1000).toISOString().replace('.000', '')

interface Look {
  readonly status?: PodStatus
  readonly containers?: readonly Partial<Container>[]
  readonly initContainers?: readonly Partial<Container>[]
  readonly deletion?: { readonly seconds: number; readonly graceSeconds: number }
}

function sighting(seconds: number, { status, containers = [{}], initContainers, deletion }: Look) {
  const pod: Pod = {
    metadata: {
      name: 'test',
      creationTimestamp: at(0),
      ...(deletion && {
        deletionTimestamp: at(deletion.seconds + deletion.graceSeconds),
        deletionGracePeriodSeconds: deletion.graceSeconds,
      }),
    },
    spec: {
      containers: containers.map((each) => ({ name: 'app', ...each })),
      ...(initContainers && { initContainers: initContainers.map((each) => ({ name: 'proxy', ...each })) }),
    },
    ...(status && { status }),
  }
  return { seenMs: bornMs + seconds * 1000, pod }
}

const statusOf = (state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}): PodStatus => ({
  containerStatuses: [{ name: 'app', ready: false, restartCount: 0, ...(state && { state }), ...more }],
})

const storyOf = (sightings: Partial<Sightings>): string[] =>
  timelineOf({ pods: [], events: [], lines: [], ...sightings }, { source: 'test' }).entries.map((entry) =>
    [
      entry.atMs,
      'container' in entry ? `${entry.container}#${entry.run}` : 'pod',
      entry.what,
      ...(entry.what === 'terminating' ? [entry.reason] : []),
      ...(entry.what === 'exited' ? [entry.exitCode] : []),
    ].join(' '),
  )

describe('the timeline of what was seen', () => {
  it('dates a deletion that is seen in the next second at the end of its own: the API cuts the rest of the second', () => {
    const deletion = { seconds: 5, graceSeconds: 30 }
    const story = storyOf({ pods: [sighting(0.1, {}), sighting(6.02, { deletion })] })
    expect(story).toContain('5899 pod terminating Deleted')
  })

  it('does not take a Pod for completed that was deleted while its app stood in a back-off', () => {
    const terminated = { exitCode: 0, startedAt: at(1), finishedAt: at(2) }
    const story = storyOf({
      pods: [
        sighting(0, {}),
        sighting(5, {
          deletion: { seconds: 4, graceSeconds: 30 },
          status: { ...statusOf({ terminated }), phase: 'Succeeded' },
        }),
      ],
    })
    expect(story.filter((line) => line.includes('terminating'))).toEqual(['4999 pod terminating Deleted'])
  })

  it('tells a program that could not be run as a failed start, although the runtime calls it an end', () => {
    const terminated = {
      exitCode: 128,
      reason: 'StartError',
      message: 'no such file',
      startedAt: '1970-01-01T00:00:00Z',
      finishedAt: at(2),
    }
    const story = storyOf({ pods: [sighting(0, {}), sighting(3, { status: statusOf({ terminated }) })] })
    expect(story).toEqual(['0 pod phase', '2000 app#0 startFailed'])
  })

  it('leaves out a container that never ran: it is terminated without dates when its Pod is', () => {
    const terminated = { exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: null, finishedAt: null }
    const story = storyOf({ pods: [sighting(0, {}), sighting(3, { status: statusOf({ terminated }) })] })
    expect(story).toEqual(['0 pod phase'])
  })

  it('tells that a postStart hook had a container killed', () => {
    const terminated = { exitCode: 137, startedAt: at(1), finishedAt: at(4) }
    const event = {
      metadata: { name: 'event' },
      reason: 'Killing',
      message: 'FailedPostStartHook',
      involvedObject: { fieldPath: 'spec.containers{app}' },
    }
    const { entries } = timelineOf(
      {
        pods: [sighting(0, {}), sighting(5, { status: statusOf({ terminated }) })],
        events: [{ seenMs: bornMs + 2000, event }],
        lines: [],
      },
      { source: 'test' },
    )
    expect(entries).toContainEqual(expect.objectContaining({ what: 'killed', why: 'postStart' }))
  })

  it('knows from the next container when a postStart hook was done, which the status tells seconds late', () => {
    const lifecycle = { postStart: {} }
    const initContainers = [{ restartPolicy: 'Always', lifecycle }]
    const running = { startedAt: at(1) }
    const proxy = { name: 'proxy', ready: true, started: true, restartCount: 0, state: { running } }
    const created = {
      metadata: { name: 'event' },
      reason: 'Created',
      involvedObject: { fieldPath: 'spec.containers{app}' },
    }
    const { containerStatuses = [] } = statusOf({ running: { startedAt: at(4) } })
    const story = storyOf({
      pods: [
        sighting(0, { initContainers }),
        sighting(6, { initContainers, status: { initContainerStatuses: [proxy], containerStatuses } }),
      ],
      events: [{ seenMs: bornMs + 4000, event: created }],
    })
    expect(story).toContain('4000 proxy#0 started')
  })
})
