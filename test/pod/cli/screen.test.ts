import { expect, it } from 'vitest'
import type { TimelineEntry } from '../timeline/timeline.ts'
import { describeEntry } from './screen.ts'

const of = { atMs: 1234, container: 'web', run: 0 }

const sentences: readonly (readonly [TimelineEntry, string])[] = [
  [{ atMs: 1234, what: 'phase', phase: 'Pending' }, 'Pod is Pending'],
  [{ atMs: 1234, what: 'initialized' }, 'Pod is initialized: the apps may start'],
  [{ atMs: 1234, what: 'podReady' }, 'Pod is ready'],
  [{ atMs: 1234, what: 'podNotReady' }, 'Pod is not ready'],
  [{ atMs: 1234, what: 'terminating', reason: 'Deleted', graceMs: 5000 }, 'Pod terminates (Deleted), 5 s of grace'],
  [{ atMs: 1234, what: 'ended' }, 'Pod is over'],
  [{ ...of, what: 'starting' }, 'web is being started'],
  [{ ...of, run: 2, what: 'starting' }, 'web is being restarted (2)'],
  [{ ...of, what: 'running' }, 'web runs'],
  [{ ...of, what: 'started' }, 'web has started'],
  [{ ...of, what: 'startFailed', message: 'no image' }, 'web cannot be started: no image'],
  [{ ...of, what: 'probeFailed', probe: 'liveness', message: 'HTTP 503' }, 'web failed its livenessProbe: HTTP 503'],
  [{ ...of, what: 'preStop' }, 'web runs its preStop hook'],
  [{ ...of, what: 'preStopDone', ok: true }, 'web preStop done'],
  [{ ...of, what: 'postStartDone', ok: false, message: 'exit 1' }, 'web postStart failed: exit 1'],
  [{ ...of, what: 'stopSignal', why: 'termination' }, 'web is asked to end (termination)'],
  [{ ...of, what: 'killed', why: 'livenessProbe' }, 'web is killed (livenessProbe)'],
  [{ ...of, what: 'exited', exitCode: 0, message: 'all is well' }, 'web exited 0'],
  [{ ...of, what: 'exited', exitCode: 1, message: 'no disk\nat all\n' }, 'web exited 1: no disk'],
  [{ ...of, what: 'exited', exitCode: 137 }, 'web exited 137'],
  [{ ...of, what: 'backOff', delayMs: 9999.6 }, 'web waits 10 s before its next start'],
]

it.each(sentences)('%o is "%s"', (entry, sentence) => {
  expect(describeEntry(entry)).toBe(`  1.23 s  ${sentence}`)
})
