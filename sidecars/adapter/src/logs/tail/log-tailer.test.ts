/** The tailer on real files: every fate of a log file, and each line exactly once. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCheckpointStore } from './checkpoint.ts'
import { createLogTailer } from './log-tailer.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podmates-tail-'))
  file = join(folder, 'app.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

const timing = { pollMs: 5, discoverMs: 10, rotateWaitMs: 40, checkpointMs: 10, checkpointBytes: 1024 * 1024 }

/** A tailer of `*.log` in the folder, and what it has delivered. */
function newTailer({ deliver = async () => {} }: { deliver?: () => Promise<void> } = {}) {
  const log = recordingLog()
  const seen: string[] = []
  const truncations: string[] = []
  const missed: [number, string][] = []
  const tailer = createLogTailer(
    { files: [join(folder, '*.log')], exclude: [], lineBytesMax: 1000, chunkBytes: 4096, ...timing },
    {
      clock: systemClock,
      log,
      checkpoints: createCheckpointStore(join(folder, 'state')),
      deliver: async ({ lines }) => {
        await deliver()
        seen.push(...lines.map(({ text }) => text))
      },
      onTruncated: (rest) => truncations.push(rest),
      onMissed: (files, reason) => missed.push([files, reason]),
    },
  )
  return { tailer, log, seen, truncations, missed }
}

/** Starts, takes one step after another, each when the lines before it were seen, and ends in order. */
async function through(
  { tailer, seen }: ReturnType<typeof newTailer>,
  steps: readonly { readonly once: number; readonly act: () => void }[] = [],
): Promise<void> {
  await tailer.start()
  const over = new AbortController()
  const running = tailer.run(over.signal)
  for (const { once, act } of steps) {
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(once), { interval: 5, timeout: 5000 })
    act()
  }
  over.abort()
  await running
  await tailer.finish(new AbortController().signal)
}

it('reads what was there before it started, and what comes later', async () => {
  writeFileSync(file, 'one\n')
  const tailed = newTailer()
  await through(tailed, [
    { once: 1, act: () => appendFileSync(file, 'two\n') },
    { once: 2, act: () => appendFileSync(file, 'three\n') },
  ])
  expect(tailed.seen).toEqual(['one', 'two', 'three'])
})

it('finds a file that appears later', async () => {
  const tailed = newTailer()
  await through(tailed, [{ once: 0, act: () => writeFileSync(file, 'late\n') }])
  expect(tailed.seen).toEqual(['late'])
})

it('reads a file that was renamed to its end, and the new one from its start', async () => {
  writeFileSync(file, 'old 1\n')
  const tailed = newTailer()
  await through(tailed, [
    {
      once: 1,
      act: () => {
        renameSync(file, `${file}.1`)
        appendFileSync(`${file}.1`, 'old 2, written after the rename\n')
        writeFileSync(file, 'new 1\n')
      },
    },
  ])
  expect(tailed.seen.toSorted()).toEqual(['new 1', 'old 1', 'old 2, written after the rename'])
})

/** Only the name was looked at: what came under it and went between two looks was never opened. */
it.each([
  { kept: 'all', nameOf: (n: number) => `app.log.${String(n).padStart(3, '0')}`, shift: [] },
  { kept: 'in a chain of names', nameOf: () => 'app.log.1', shift: Array.from({ length: 99 }, (_, n) => 99 - n) },
])(
  'reads each of 100 files that were rotated between two looks once, when they are kept $kept',
  async ({ nameOf, shift }) => {
    writeFileSync(file, '0\n')
    const tailed = newTailer()
    const rotate = (n: number): void => {
      for (const age of shift) if (existsSync(`${file}.${age}`)) renameSync(`${file}.${age}`, `${file}.${age + 1}`)
      renameSync(file, join(folder, nameOf(n)))
      writeFileSync(file, `${n}\n`)
    }
    const rotations = (from: number) => () => {
      for (let n = from; n < from + 50; n += 1) rotate(n)
    }
    await through(tailed, [
      { once: 1, act: rotations(1) },
      { once: 51, act: rotations(51) },
    ])
    const numbers = Array.from({ length: 101 }, (_, n) => n)
    expect(tailed.seen.map(Number).toSorted((a, b) => a - b)).toEqual(numbers)
    expect(tailed.missed).toEqual([])
  },
)

/** Each is the work of one moment between two looks: the file that is read becomes old, and `1` comes and goes unseen. */
it.each([
  {
    reason: 'compressed',
    lose: () => {
      renameSync(file, `${file}.2`)
      writeFileSync(`${file}.2.gz`, 'what gzip made of it')
      rmSync(`${file}.2`)
    },
  },
  {
    reason: 'deleted',
    lose: () => {
      renameSync(file, `${file}.1`)
      writeFileSync(file, '2\n')
      renameSync(file, `${file}.1`)
    },
  },
])('tells of a file that was $reason before it was read', async ({ reason, lose }) => {
  writeFileSync(file, '0\n')
  const tailed = newTailer()
  const rotations = (): void => {
    renameSync(file, `${file}.1`)
    writeFileSync(file, '1\n')
    lose()
    writeFileSync(file, 'last\n')
  }
  await through(tailed, [{ once: 1, act: rotations }])
  expect(tailed.seen).not.toContain('1')
  expect(tailed.seen.at(-1)).toBe('last')
  expect(tailed.missed).toEqual([[1, reason]])
  expect(tailed.log.lines.map(({ message, fields }) => [message, fields.reason])).toContainEqual([
    'log files were rotated away before they were read: rotate less often, or keep more files',
    reason,
  ])
})

it('reads what was written before a truncation from the copy, a line that had not ended included', async () => {
  writeFileSync(file, 'seen\nhalf')
  const tailed = newTailer()
  await through(tailed, [
    {
      once: 1,
      act: () => {
        appendFileSync(file, ' of a line\nnot seen before the truncation\n')
        copyFileSync(file, `${file}.1`)
        truncateSync(file)
        appendFileSync(file, 'after\n')
      },
    },
  ])
  expect(tailed.seen).toEqual(['seen', 'half of a line', 'not seen before the truncation', 'after'])
  expect(tailed.truncations).toEqual(['read_from_copy'])
})

it('does not read a copy from its start while the original is still to be truncated', async () => {
  const rotate = (n: number): void => {
    appendFileSync(file, `${n} unseen\n`)
    copyFileSync(file, `${file}.${n}`)
  }
  writeFileSync(file, '1 seen\n')
  const tailed = newTailer()
  await through(tailed, [
    {
      once: 1,
      act: () => {
        rotate(1)
        truncateSync(file)
        appendFileSync(file, '2 seen\n')
      },
    },
    // What follows a truncation is read with it: the look for rotated files comes after this.
    { once: 3, act: () => rotate(2) },
    {
      once: 4,
      act: () => {
        truncateSync(file)
        appendFileSync(file, '3\n')
      },
    },
  ])
  expect(tailed.seen).toEqual(['1 seen', '1 unseen', '2 seen', '2 unseen', '3'])
})

it('says so when the lines before a truncation are gone', async () => {
  writeFileSync(file, 'seen\nhalf')
  const tailed = newTailer()
  await through(tailed, [{ once: 1, act: () => writeFileSync(file, 'anew\n') }])
  expect(tailed.seen).toEqual(['seen', 'half', 'anew'])
  expect(tailed.truncations).toEqual(['gone'])
  expect(tailed.log.messages()).toContain('a log file was truncated, and the lines that were not read yet are gone')
})

it('does not follow a link out of the directory, for the app could have made it', async () => {
  const secret = mkdtempSync(join(tmpdir(), 'podmates-secret-'))
  writeFileSync(join(secret, 'adapter.yaml'), 'password: hunter2\n')
  symlinkSync(join(secret, 'adapter.yaml'), file)
  writeFileSync(join(folder, 'real.txt'), 'fine\n')
  symlinkSync('real.txt', join(folder, 'current.log'))
  const tailed = newTailer()
  await through(tailed)
  rmSync(secret, { recursive: true })
  expect(tailed.seen).toEqual(['fine'])
})

it('reads a file that was copied and truncated from its start, and counts it', async () => {
  writeFileSync(file, 'before the truncation\n')
  const tailed = newTailer()
  await through(tailed, [
    {
      once: 1,
      act: () => {
        copyFileSync(file, `${file}.1`)
        truncateSync(file)
        appendFileSync(file, 'after\n')
      },
    },
  ])
  expect(tailed.seen).toEqual(['before the truncation', 'after'])
  expect(tailed.truncations).toEqual(['read_from_copy'])
})

it('sees a truncation even when the file is longer than before at the next look', async () => {
  writeFileSync(file, 'short\n')
  const tailed = newTailer()
  await through(tailed, [{ once: 1, act: () => writeFileSync(file, 'this is longer than what was there before\n') }])
  expect(tailed.seen).toEqual(['short', 'this is longer than what was there before'])
})

it('sees a truncation even when the file is as long as before at the next look', async () => {
  writeFileSync(file, 'one\n')
  const tailed = newTailer()
  await through(tailed, [{ once: 1, act: () => writeFileSync(file, 'two\n') }])
  expect(tailed.seen).toEqual(['one', 'two'])
})

/** Reading a file to its end never ended while its app wrote during each delivery: all else had to wait. */
it('reads the other files, new ones too, and saves while one file is never quiet', async () => {
  writeFileSync(file, 'busy\n')
  writeFileSync(join(folder, 'other.log'), 'other\n')
  const tailed = newTailer({
    deliver: async () => {
      appendFileSync(file, 'busy\n')
    },
  })
  await tailed.tailer.start()
  const over = new AbortController()
  const running = tailed.tailer.run(over.signal)
  await vi.waitFor(() => expect(tailed.seen).toContain('other'), { interval: 5, timeout: 5000 })
  writeFileSync(join(folder, 'new.log'), 'new\n')
  await vi.waitFor(() => expect(tailed.seen).toContain('new'), { interval: 5, timeout: 5000 })
  await vi.waitFor(
    async () => {
      const { state } = await createCheckpointStore(join(folder, 'state')).load()
      expect(state?.open.find(({ path }) => path === file)?.offset).toBeGreaterThan(0)
    },
    { interval: 5, timeout: 5000 },
  )
  over.abort()
  await running
  await tailed.tailer.finish(AbortSignal.abort())
})

it('gives out a last line without a newline at the end, and only then', async () => {
  writeFileSync(file, 'whole\nhalf')
  const tailed = newTailer()
  await through(tailed, [{ once: 1, act: () => expect(tailed.seen).toEqual(['whole']) }])
  expect(tailed.seen).toEqual(['whole', 'half'])
})

it('goes on behind a line that is longer than a read and its limit', async () => {
  writeFileSync(file, `${'x'.repeat(10_000)}\nnext\n`)
  const tailed = newTailer()
  await through(tailed)
  expect(tailed.seen.slice(0, -1).join('')).toBe('x'.repeat(10_000))
  expect(tailed.seen.at(-1)).toBe('next')
})

describe('after a restart', () => {
  it('goes on behind the last line that was delivered', async () => {
    writeFileSync(file, 'one\ntwo\n')
    await through(newTailer())
    appendFileSync(file, 'three\n')
    const second = newTailer()
    await through(second)
    expect(second.seen).toEqual(['three'])
  })

  it('reads the rest of a file that was renamed meanwhile', async () => {
    writeFileSync(file, 'one\n')
    await through(newTailer())
    appendFileSync(file, 'two\n')
    renameSync(file, `${file}.1`)
    writeFileSync(file, 'three\n')
    const second = newTailer()
    await through(second)
    expect(second.seen.toSorted()).toEqual(['three', 'two'])
  })

  /** Only files of the checkpoint were followed out of the pattern: what came and went between two looks was lost. */
  it('reads what was written and rotated away meanwhile, the oldest first', async () => {
    writeFileSync(file, 'one\n')
    await through(newTailer())
    appendFileSync(file, 'two\n')
    renameSync(file, `${file}.3`)
    const nowS = Date.now() / 1000
    writeFileSync(`${file}.2`, 'three\n')
    utimesSync(`${file}.2`, nowS + 1, nowS + 1)
    writeFileSync(`${file}.1`, 'four\n')
    utimesSync(`${file}.1`, nowS + 2, nowS + 2)
    writeFileSync(file, 'five\n')
    const second = newTailer()
    await through(second)
    expect(second.seen).toEqual(['two', 'three', 'four', 'five'])
  })

  it('reads of what was rotated meanwhile no old, compressed or linked file, and not without a checkpoint', async () => {
    writeFileSync(`${file}.new`, 'rotated\n')
    writeFileSync(file, 'one\n')
    const first = newTailer()
    await through(first)
    rmSync(`${file}.new`)
    writeFileSync(`${file}.9`, 'old\n')
    utimesSync(`${file}.9`, 1, 1)
    writeFileSync(`${file}.2.gz`, 'compressed\n')
    writeFileSync(join(folder, 'secret'), 'secret\n')
    symlinkSync('secret', `${file}.1`)
    const second = newTailer()
    await through(second)
    expect([first.seen, second.seen]).toEqual([['one'], []])
  })

  it('reads all files that were rotated meanwhile, however many, the oldest first, and none of them again', async () => {
    writeFileSync(file, '0\n')
    await through(newTailer())
    for (let n = 1; n <= 300; n += 1) {
      renameSync(file, `${file}.${n}`)
      utimesSync(`${file}.${n}`, Date.now() / 1000 + n, Date.now() / 1000 + n)
      writeFileSync(file, `${n}\n`)
    }
    const second = newTailer()
    await through(second)
    expect(second.seen).toEqual(Array.from({ length: 300 }, (_, n) => String(n + 1)))
    const third = newTailer()
    await through(third)
    expect(third.seen).toEqual([])
  }, 60_000)

  it('reads the rest of a file that was copied and truncated meanwhile from the copy', async () => {
    writeFileSync(file, 'one\n')
    await through(newTailer())
    appendFileSync(file, 'two\n')
    copyFileSync(file, `${file}.1`)
    truncateSync(file)
    appendFileSync(file, '3\n')
    const second = newTailer()
    await through(second)
    expect(second.seen).toEqual(['two', '3'])
  })

  it('finds a file again that was renamed before it had a line', async () => {
    writeFileSync(file, '')
    const first = newTailer()
    await first.tailer.start()
    appendFileSync(file, 'one\n')
    renameSync(file, `${file}.1`)
    const second = newTailer()
    await through(second)
    await first.tailer.finish(new AbortController().signal)
    expect(second.seen).toEqual(['one'])
  })

  it('goes on without a checkpoint that cannot be written, and says so', async () => {
    writeFileSync(file, 'one\n')
    writeFileSync(join(folder, 'state'), 'a file stands where the directory should be')
    const tailed = newTailer()
    await through(tailed)
    expect(tailed.seen).toEqual(['one'])
    expect(tailed.log.messages()).toContain('the checkpoint cannot be written')
  })

  it('reads a file from its start when another stands in its place', async () => {
    writeFileSync(file, 'one\n')
    await through(newTailer())
    writeFileSync(file, 'another\nfile\n')
    const second = newTailer()
    await through(second)
    expect(second.seen).toEqual(['another', 'file'])
  })

  it('delivers again what the sink never took, so that no line is lost', async () => {
    writeFileSync(file, 'one\ntwo\n')
    const first = newTailer({ deliver: () => Promise.reject(new Error('stdout is gone')) })
    await first.tailer.start()
    await expect(first.tailer.run(new AbortController().signal)).rejects.toThrow('stdout is gone')
    appendFileSync(file, 'three, half')
    await first.tailer.finish(new AbortController().signal)
    const second = newTailer()
    await through(second)
    expect(second.seen).toEqual(['one', 'two', 'three, half'])
  })

  it('reads every file from its start when the checkpoint is unreadable, and says so', async () => {
    writeFileSync(file, 'one\n')
    await through(newTailer())
    writeFileSync(join(folder, 'state', 'adapter-logs.json'), '{ cut')
    const second = newTailer()
    await through(second)
    expect(second.seen).toEqual(['one'])
    expect(second.log.messages()).toContain('the checkpoint cannot be read, so every file is read from its start')
  })
})
