import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { temporaryFolder } from '@podmates/shared/testing/temporary-folder.ts'
import { describe, expect, it } from 'vitest'
import { generationOf } from '../publish/generation.ts'
import { type Receiver, type SignalName, type SignalWorld, signalNotifier } from './notify-signal.ts'
import type { ProcessEntry } from './processes.ts'

const hangUp = 1n
const generation = generationOf(new Map([['app.yaml', Buffer.from('a: 1')]]))

const checkout: ProcessEntry = { pid: 7, name: 'checkout', startTicks: 1, uid: 65_532, caught: hangUp, ignored: 0n }
const byName: Receiver = { by: 'process', process: 'checkout' }

/** A machine with these processes; `kill` ends nobody unless it is told to. */
function machine(...processes: ProcessEntry[]) {
  const clock = fakeClock()
  const running = new Map(processes.map((entry) => [entry.pid, entry]))
  const sent: string[] = []
  const state = {
    running,
    sent,
    clock,
    ownPid: 99,
    ownUid: 65_532,
    onKill: (_pid: number): void => {},
    named: async (name: string) => [...running.values()].filter((entry) => entry.name === name),
  }
  const world = (): SignalWorld => ({
    clock,
    processes: {
      look: async (pid) => running.get(pid),
      named: (name) => state.named(name),
      ageMs: async () => 10_000,
    },
    kill: (pid, signal: SignalName) => {
      state.onKill(pid)
      sent.push(`${signal} ${pid}`)
    },
    ownPid: state.ownPid,
    ownUid: state.ownUid,
  })
  const notify = async (to: Receiver = byName) => {
    const pending = signalNotifier({ name: 'SIGHUP', to }, world())(generation, new AbortController().signal)
    let answer: Awaited<typeof pending> | undefined
    pending.then((result) => {
      answer = result
    })
    // Files are read outside of the clock's time: it moves only while somebody waits for it.
    while (answer === undefined) {
      if (clock.pending() > 0) await clock.advance(50)
      else await new Promise((resolve) => setImmediate(resolve))
    }
    return answer
  }
  return Object.assign(state, { notify })
}

const refused = (code: string): Error => Object.assign(new Error(code), { code })

describe('a signal to the process of a name', () => {
  it('is sent once, and answered with yes when the process still runs a second later', async () => {
    const { notify, sent, clock } = machine(checkout)
    expect(await notify()).toEqual({ answer: 'yes' })
    expect(sent).toEqual(['SIGHUP 7'])
    expect(clock.now()).toBe(1000)
  })

  it('reaches nobody when there is no such process', async () => {
    expect(await machine().notify()).toEqual({
      answer: 'unreached',
      code: 'PM3102',
      reason: 'no process is named checkout',
    })
  })

  it('says that this sidecar is process 1 when it is, as where the PID namespace is not shared', async () => {
    const alone = machine()
    alone.ownPid = 1
    expect(await alone.notify()).toMatchObject({ reason: expect.stringContaining('shareProcessNamespace: true') })
  })

  it('is sent to none of several, and never to ourselves', async () => {
    const several = machine(checkout, { ...checkout, pid: 8 })
    expect(await several.notify()).toMatchObject({ code: 'PM3102', reason: expect.stringContaining('(7, 8)') })
    expect(several.sent).toEqual([])
    several.ownPid = 8
    expect(await several.notify()).toEqual({ answer: 'yes' })
  })

  it('is never sent to process 1, which holds the Pod, even when it has the name', async () => {
    const holder = machine({ ...checkout, pid: 1 })
    expect(await holder.notify()).toMatchObject({ code: 'PM3102', reason: 'no process is named checkout' })
    expect(holder.sent).toEqual([])
  })

  it('is not sent to a process that has no handler, because it would end', async () => {
    const deaf = machine({ ...checkout, caught: 0n })
    expect(await deaf.notify()).toMatchObject({ answer: 'unreached', code: 'PM3105' })
    expect(deaf.sent).toEqual([])
  })

  it('is not sent to a process that ignores it', async () => {
    const ignoring = machine({ ...checkout, ignored: hangUp })
    expect(await ignoring.notify()).toMatchObject({ answer: 'unreached', code: 'PM3105' })
    expect(ignoring.sent).toEqual([])
  })

  it('is not sent to another process that has got the pid meanwhile', async () => {
    const reborn = machine({ ...checkout, startTicks: 2 })
    reborn.named = async () => [checkout]
    expect(await reborn.notify()).toMatchObject({ answer: 'unreached', code: 'PM3102' })
    expect(reborn.sent).toEqual([])
  })

  it('explains a missing permission by the two users', async () => {
    const foreign = machine({ ...checkout, uid: 1000 })
    foreign.onKill = () => {
      throw refused('EPERM')
    }
    expect(await foreign.notify()).toEqual({
      answer: 'unreached',
      code: 'PM3104',
      reason: 'checkout (7) runs as user 1000, this sidecar as user 65532: set the same runAsUser for both',
    })
  })

  it('that comes too late has reached nobody', async () => {
    const late = machine(checkout)
    late.onKill = () => {
      throw refused('ESRCH')
    }
    expect(await late.notify()).toMatchObject({ answer: 'unreached', code: 'PM3102' })
  })

  it('that ends the process is told as such, although the pid runs again', async () => {
    const dying = machine(checkout)
    dying.onKill = (pid) => {
      dying.clock.after(80, () => dying.running.set(pid, { ...checkout, startTicks: 9 }))
    }
    expect(await dying.notify()).toEqual({
      answer: 'died',
      code: 'PM3105',
      reason: 'checkout (7) ended within 100 ms of SIGHUP',
    })
  })
})

describe('a signal to the process of a pid file', () => {
  const withFile = async (text: string, ageMs = 5000) => {
    const all = machine(checkout)
    const pidFile = join(await temporaryFolder(), 'pid')
    await writeFile(pidFile, text)
    const writtenSeconds = (all.clock.wall() - ageMs) / 1000
    await utimes(pidFile, writtenSeconds, writtenSeconds)
    return { ...all, answer: await all.notify({ by: 'pidFile', pidFile }) }
  }

  it('is sent to it', async () => {
    const { answer, sent } = await withFile('7\n', 9000)
    expect(answer).toEqual({ answer: 'yes' })
    expect(sent).toEqual(['SIGHUP 7'])
  })

  it.each([
    ['holds no number', 'seven', 'holds no process id'],
    ['is empty', '', 'holds no process id'],
    ['names the first process', '1', 'names process 1, which is not the app'],
    ['names ourselves', '99', 'names process 99, which is not the app'],
    ['names nobody', '8', 'names process 8, which does not run'],
  ])('is not sent when it %s', async (_when, text, reason) => {
    const { answer, sent } = await withFile(text)
    expect(answer).toMatchObject({ answer: 'unreached', code: 'PM3103', reason: expect.stringContaining(reason) })
    expect(sent).toEqual([])
  })

  it('is not sent to a process that started after the file was written', async () => {
    const { answer, sent } = await withFile('7', 60_000)
    expect(answer).toMatchObject({
      code: 'PM3103',
      reason: expect.stringContaining('started 50 s after it was written'),
    })
    expect(sent).toEqual([])
  })

  it('waits for a file that is not there yet', async () => {
    const answer = await machine(checkout).notify({ by: 'pidFile', pidFile: '/nonexistent/pid' })
    expect(answer).toMatchObject({ answer: 'unreached', code: 'PM3103' })
  })
})
