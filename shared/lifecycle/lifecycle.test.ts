import { describe, expect, it } from 'vitest'
import { CodedError } from '../errors/coded-error.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { recordingLog } from '../testing/recording-log.ts'
import { createLifecycle } from './lifecycle.ts'
import type { Part } from './part.ts'
import type { EndSignal, ProcessEdge } from './process-edge.ts'

const forever = new Promise<never>(() => {})

/** A life on a fake clock, and everything that it did to the process. */
function newLife(signalExitCode?: number) {
  const clock = fakeClock()
  const log = recordingLog()
  const seen = { exits: [] as number[], stderr: '', termination: '' }
  let signal: (signal: EndSignal) => void = () => {}
  let crash: (error: unknown) => void = () => {}
  const process: ProcessEdge = {
    onSignal: (listener) => {
      signal = listener
    },
    onCrash: (listener) => {
      crash = listener
    },
    writeTerminationMessage: (message) => {
      seen.termination = message
    },
    stderr: (text) => {
      seen.stderr += text
    },
    exit: (code) => {
      seen.exits.push(code)
    },
  }
  const life = createLifecycle(
    { name: 'example', ...(signalExitCode === undefined ? {} : { signalExitCode }) },
    { clock, log, process },
  )
  return { life, clock, log, seen, signal: (name: EndSignal) => signal(name), crash: (error: unknown) => crash(error) }
}

/** A part that writes down what is asked of it. */
function part(name: string, journal: string[], more: Partial<Part> = {}): Part {
  return {
    name,
    start: async () => {
      journal.push(`start ${name}`)
    },
    drain: () => {
      journal.push(`drain ${name}`)
    },
    stop: async () => {
      journal.push(`stop ${name}`)
      return {}
    },
    ...more,
  }
}

/** The last JSON line, as the log carries it. */
function lastReport(log: ReturnType<typeof recordingLog>) {
  const line = log.lines.at(-1)
  return { message: line?.message, ...line?.fields }
}

describe('start', () => {
  it('starts the parts in order, each after the one before it is up', async () => {
    const { life, clock } = newLife()
    const journal: string[] = []
    const slow = part('slow', journal, {
      start: async () => {
        journal.push('start slow')
        await clock.sleep(100)
        journal.push('up slow')
      },
    })
    void life.run([slow, part('next', journal)])
    await clock.advance(99)
    expect(journal).toEqual(['start slow'])
    expect(life.hasStarted()).toBe(false)
    await clock.advance(1)
    expect(journal).toEqual(['start slow', 'up slow', 'start next'])
    expect(life.hasStarted()).toBe(true)
    expect(life.phase()).toBe('started')
  })

  it('fails with the name of the part and exit code 1 when a part cannot start, and stops those before it', async () => {
    const { life, clock, seen, log } = newLife()
    const journal: string[] = []
    const broken = part('listener', journal, { start: () => Promise.reject(new Error('port taken')) })
    void life.run([part('admin', journal), broken, part('never', journal)])
    await clock.advance(0)
    expect(journal).toEqual(['start admin', 'drain listener', 'drain admin', 'stop listener', 'stop admin'])
    expect(seen.exits).toEqual([1])
    expect(seen.stderr).toBe('example: PM1001 listener could not start: port taken\n')
    expect(seen.termination).toBe('example: PM1001 listener could not start: port taken')
    expect(lastReport(log)).toMatchObject({ message: 'stopped', reason: 'PM1001', exit_code: 1 })
  })

  it('names a part that throws before it answers with a promise', async () => {
    const { life, clock, seen } = newLife()
    const throwing: Part = {
      name: 'listener',
      start: () => {
        throw new Error('no such interface')
      },
    }
    void life.run([throwing])
    await clock.advance(0)
    expect(seen.stderr).toBe('example: PM1001 listener could not start: no such interface\n')
  })

  it('keeps the code of a part that failed with one of its own', async () => {
    const { life, clock, seen } = newLife()
    void life.run([{ name: 'x', start: () => Promise.reject(new CodedError('PM1002', 'too slow')) }])
    await clock.advance(0)
    expect(seen.stderr).toBe('example: PM1002 too slow\n')
  })

  it('names a part that is not up within its start time', async () => {
    const { life, clock, seen } = newLife()
    void life.run([{ name: 'dns', start: () => forever, startTimeoutMs: 3000 }])
    await clock.advance(2999)
    expect(seen.exits).toEqual([])
    await clock.advance(1)
    expect(seen.stderr).toBe('example: PM1002 dns did not start within 3000 ms\n')
    expect(seen.exits).toEqual([1])
  })

  it('leaves no timer behind when a part with a start time came up', async () => {
    const { life, clock } = newLife()
    void life.run([{ name: 'quick', start: async () => {}, startTimeoutMs: 3000 }])
    await clock.advance(0)
    expect(clock.pending()).toBe(0)
  })
})

describe('SIGTERM', () => {
  it('drains all parts, stops them in reverse order of start and exits 0', async () => {
    const { life, clock, seen, signal } = newLife()
    const journal: string[] = []
    const phases: string[] = []
    life.onPhase((phase) => phases.push(phase))
    void life.run([part('admin', journal), part('pool', journal), part('listener', journal)])
    await clock.advance(0)
    journal.length = 0
    signal('SIGTERM')
    await clock.advance(0)
    expect(journal).toEqual(['drain listener', 'drain pool', 'drain admin', 'stop listener', 'stop pool', 'stop admin'])
    expect(phases).toEqual(['started', 'stopping', 'stopped'])
    expect(seen.exits).toEqual([0])
  })

  it.each([
    ['before the first part is up', 0],
    ['between two parts', 150],
  ])('during start, %s, aborts the start, starts nothing more and exits 0', async (_when, atMs) => {
    const { life, clock, seen, signal } = newLife()
    const journal: string[] = []
    const slow = (name: string): Part =>
      part(name, journal, {
        start: async (aborted) => {
          journal.push(`start ${name}`)
          await clock.sleep(100, aborted)
        },
      })
    void life.run([slow('a'), slow('b'), slow('c')])
    await clock.advance(atMs)
    signal('SIGTERM')
    await clock.advance(0)
    const begun = atMs < 100 ? ['a'] : ['a', 'b']
    expect(journal.filter((entry) => entry.startsWith('start'))).toEqual(begun.map((name) => `start ${name}`))
    expect(journal.filter((entry) => entry.startsWith('stop'))).toEqual(
      begun.toReversed().map((name) => `stop ${name}`),
    )
    expect(life.hasStarted()).toBe(false)
    expect(seen).toMatchObject({ exits: [0], stderr: '' })
  })

  it('before run was called starts nothing and exits 0', async () => {
    const { life, clock, seen, signal } = newLife()
    const journal: string[] = []
    signal('SIGTERM')
    void life.run([part('admin', journal)])
    await clock.advance(0)
    expect(journal).toEqual([])
    expect(seen.exits).toEqual([0])
  })

  it('during a start that ignores its signal goes on after the time the part has to stop', async () => {
    const { life, clock, seen, signal } = newLife()
    void life.run([{ name: 'deaf', start: () => forever, stopTimeoutMs: 700 }])
    await clock.advance(0)
    signal('SIGTERM')
    await clock.advance(699)
    expect(seen.exits).toEqual([])
    await clock.advance(1)
    expect(seen.exits).toEqual([0])
  })

  it('gives the exit code that a plain init container asked for', async () => {
    const { life, clock, seen, signal } = newLife(143)
    void life.run([])
    await clock.advance(0)
    signal('SIGTERM')
    await clock.advance(0)
    expect(seen.exits).toEqual([143])
  })
})

describe('stop', () => {
  it('cuts a part that hangs at its deadline, names it, and still stops the others', async () => {
    const { life, clock, seen, signal, log } = newLife()
    const journal: string[] = []
    const hanging = part('sink', journal, { stop: () => forever, stopTimeoutMs: 400 })
    void life.run([part('admin', journal), hanging])
    await clock.advance(0)
    signal('SIGTERM')
    await clock.advance(449)
    expect(seen.exits).toEqual([])
    await clock.advance(1)
    expect(journal).toContain('stop admin')
    expect(seen.exits).toEqual([0])
    expect(lastReport(log)).toMatchObject({
      message: 'stopped',
      reason: 'SIGTERM',
      duration_ms: 450,
      parts: [
        { part: 'sink', outcome: 'cut', duration_ms: 450 },
        { part: 'admin', outcome: 'stopped', duration_ms: 0 },
      ],
    })
  })

  it('tells what a part finished and what it cut when the part heeds its deadline', async () => {
    const { life, clock, signal, seen } = newLife()
    const listener: Part = {
      name: 'listener',
      stopTimeoutMs: 1000,
      stop: (deadline) =>
        new Promise((resolve) => deadline.addEventListener('abort', () => resolve({ finished: 3, cut: 1 }))),
    }
    void life.run([listener])
    await clock.advance(0)
    signal('SIGTERM')
    await clock.advance(1000)
    expect(JSON.parse(seen.termination)).toEqual({
      msg: 'stopped',
      reason: 'SIGTERM',
      exit_code: 0,
      duration_ms: 1000,
      parts: [{ part: 'listener', outcome: 'cut', duration_ms: 1000, facts: { finished: 3, cut: 1 } }],
    })
  })

  it('goes on when a part fails to stop, and reports the failure', async () => {
    const { life, clock, signal, seen, log } = newLife()
    const journal: string[] = []
    const failing = part('file', journal, { stop: () => Promise.reject(new Error('disk full')) })
    void life.run([part('admin', journal), failing])
    await clock.advance(0)
    signal('SIGTERM')
    await clock.advance(0)
    expect(journal).toContain('stop admin')
    expect(lastReport(log)).toMatchObject({ parts: [{ part: 'file', outcome: 'failed', error: 'disk full' }, {}] })
    expect(seen.exits).toEqual([0])
  })

  it('leaves no timer behind', async () => {
    const { life, clock, signal } = newLife()
    void life.run([part('a', [])])
    await clock.advance(0)
    signal('SIGTERM')
    await clock.advance(0)
    expect(clock.pending()).toBe(0)
  })
})

describe('a second signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s exits at once and names the parts that were cut', async (second) => {
    const { life, clock, seen, signal } = newLife()
    const journal: string[] = []
    void life.run([part('admin', journal), part('sink', journal, { stop: () => forever }), part('tail', journal)])
    await clock.advance(0)
    signal('SIGTERM')
    await clock.advance(10)
    signal(second)
    expect(seen.exits).toEqual([0])
    expect(JSON.parse(seen.termination)).toMatchObject({
      reason: second,
      cut: ['admin', 'sink'],
      parts: [{ part: 'tail' }],
    })
  })
})

describe('drain', () => {
  it('tells every part once, keeps running and says so in the phase', async () => {
    const { life, clock, seen, log } = newLife()
    const journal: string[] = []
    void life.run([part('admin', journal), part('listener', journal)])
    await clock.advance(0)
    life.drain('POST /drain')
    life.drain('POST /drain')
    await clock.advance(3_600_000)
    expect(journal).toEqual(['start admin', 'start listener', 'drain listener', 'drain admin'])
    expect(life.phase()).toBe('draining')
    expect(life.hasStarted()).toBe(true)
    expect(seen.exits).toEqual([])
    expect(log.messages()).toEqual(['started', 'draining'])
  })

  it('is not repeated by the SIGTERM that follows', async () => {
    const { life, clock, signal } = newLife()
    const journal: string[] = []
    void life.run([part('listener', journal)])
    await clock.advance(0)
    life.drain('preStop')
    signal('SIGTERM')
    await clock.advance(0)
    expect(journal).toEqual(['start listener', 'drain listener', 'stop listener'])
  })

  it('during start reaches the parts that come up later, too', async () => {
    const { life, clock } = newLife()
    const journal: string[] = []
    const slow = part('slow', journal, { start: () => clock.sleep(100) })
    void life.run([slow, part('late', journal)])
    await clock.advance(50)
    life.drain('preStop')
    expect(life.phase()).toBe('starting')
    await clock.advance(50)
    expect(journal).toEqual(['drain slow', 'start late', 'drain late'])
    expect(life.phase()).toBe('draining')
    expect(life.hasStarted()).toBe(true)
  })

  it('goes on to the other parts when one fails to drain', async () => {
    const { life, clock, log } = newLife()
    const journal: string[] = []
    const failing = part('bad', journal, {
      drain: () => {
        throw new Error('boom')
      },
    })
    void life.run([part('admin', journal), failing])
    await clock.advance(0)
    life.drain('preStop')
    expect(journal).toContain('drain admin')
    expect(log.messages()).toContain('a part failed to drain')
  })
})

describe('the end of its own accord', () => {
  it('stops in order with the exit code and message that finish gives', async () => {
    const { life, clock, seen } = newLife()
    const journal: string[] = []
    void life.run([part('waits', journal)])
    await clock.advance(0)
    life.finish(124, 'db:5432 never answered')
    await clock.advance(0)
    expect(journal).toEqual(['start waits', 'drain waits', 'stop waits'])
    expect(seen).toMatchObject({ exits: [124], termination: 'db:5432 never answered' })
  })

  it('keeps the first ending when several are asked for', async () => {
    const { life, clock, seen, signal } = newLife(143)
    void life.run([])
    await clock.advance(0)
    life.finish(0)
    signal('SIGTERM')
    life.fail(new Error('late'))
    await clock.advance(0)
    expect(seen.exits).toEqual([0])
  })

  it('turns an exception that nothing caught into an ordered stop with exit code 1', async () => {
    const { life, clock, seen, crash } = newLife()
    const journal: string[] = []
    void life.run([part('listener', journal)])
    await clock.advance(0)
    crash(new Error('cannot read x of undefined'))
    await clock.advance(0)
    expect(journal).toContain('stop listener')
    expect(seen).toMatchObject({
      exits: [1],
      stderr: '',
      termination: 'example: PM1003 nothing caught: cannot read x of undefined',
    })
  })
})
