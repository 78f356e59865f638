import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@podmates/shared/testing/temporary-folder.ts'
import { expect, it } from 'vitest'
import { processesOf } from './processes.ts'

interface Fake {
  readonly pid: number
  readonly cmdline?: string
  readonly comm?: string
  readonly state?: string
  readonly startTicks?: number
}

async function procWith(fakes: readonly Fake[], uptimeSeconds = 1000): Promise<string> {
  const dir = await temporaryFolder()
  await writeFile(join(dir, 'uptime'), `${uptimeSeconds}.00 2000.00\n`)
  await writeFile(join(dir, 'version'), 'Linux')
  for (const { pid, cmdline = '/app/checkout\0-v\0', comm = 'checkout', state = 'S', startTicks = 500 } of fakes) {
    const before = Array.from({ length: 18 }, (_, n) => n).join(' ')
    await mkdir(join(dir, String(pid)))
    await writeFile(join(dir, String(pid), 'stat'), `${pid} (${comm}) ${state} ${before} ${startTicks} 7 8\n`)
    await writeFile(join(dir, String(pid), 'cmdline'), cmdline)
    const masks = 'SigIgn:\t0000000000001000\nSigCgt:\t0000000180014a07\n'
    await writeFile(join(dir, String(pid), 'status'), `Name:\tx\nUid:\t1000\t1000\t1000\t1000\n${masks}`)
  }
  return dir
}

it('finds a process by the first word of its command line, without its folder', async () => {
  const processes = processesOf(
    await procWith([
      { pid: 7 },
      { pid: 12, cmdline: 'checkout\0' },
      { pid: 3, cmdline: '/app/checkout-worker\0' },
      { pid: 5, cmdline: '/bin/sh\0checkout\0' },
      { pid: 9, cmdline: '' },
    ]),
  )
  expect((await processes.named('checkout')).map(({ pid }) => pid)).toEqual([7, 12])
})

it('reads user, start time and signal masks, whatever the name of the program looks like', async () => {
  const processes = processesOf(await procWith([{ pid: 7, comm: 'a) S 1 (b', startTicks: 4242 }]))
  expect(await processes.look(7)).toEqual({
    pid: 7,
    name: 'checkout',
    startTicks: 4242,
    uid: 1000,
    caught: 0x180014a07n,
    ignored: 0x1000n,
  })
})

it('passes over a process that has ended, collected or not', async () => {
  const processes = processesOf(await procWith([{ pid: 7, state: 'Z' }]))
  expect(await processes.look(7)).toBeUndefined()
  expect(await processes.look(8)).toBeUndefined()
})

it('knows how long a process has run', async () => {
  const processes = processesOf(await procWith([{ pid: 7, startTicks: 90_000 }], 1000))
  const entry = await processes.look(7)
  expect(entry && (await processes.ageMs(entry))).toBe(100_000)
})
