import { appendFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@podmates/shared/testing/temporary-folder.ts'
import { expect, it } from 'vitest'
import { openTail } from './file-tail.ts'

const limits = { lineBytesMax: 1000, chunkBytes: 4096 }

/**
 * A slow sink takes the lines only after the app's logrotate has truncated the file and the app has written more
 * than before. The beginning was once hashed at the acknowledgement, from the new content: the file then passed for
 * the same, and everything up to the old offset was lost.
 */
it('sees a truncation that came between the read and its acknowledgement', async () => {
  const file = join(await temporaryFolder(), 'app.log')
  writeFileSync(file, 'old 1\nold 2\n')
  const tail = await openTail(file, () => undefined, limits)
  const read = await tail.read()
  truncateSync(file)
  appendFileSync(file, 'new 1\nnew 2\nnew 3\n')
  tail.acknowledge(read.state === 'read' ? (read.lines.at(-1)?.endOffset ?? 0) : 0)
  expect((await tail.read()).state).toBe('truncated')
  await tail.close()
})

it('knows the file again after a restart, by the beginning that was acknowledged', async () => {
  const file = join(await temporaryFolder(), 'app.log')
  writeFileSync(file, 'one\ntwo\nthree')
  const first = await openTail(file, () => undefined, limits)
  await first.read()
  first.acknowledge(8)
  await first.close()
  const second = await openTail(file, () => first.position(), limits)
  appendFileSync(file, '\n')
  expect(second.recognition).toBe('same')
  expect(await second.read()).toMatchObject({ state: 'read', lines: [{ text: 'three', endOffset: 14 }] })
  await second.close()
})
