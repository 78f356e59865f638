import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@podmates/shared/testing/temporary-folder.ts'
import { expect, it } from 'vitest'
import { sweepContainers, sweepFolders } from './leftovers.ts'
import { ownerOf } from './owner.ts'

const living = ownerOf(process.pid)
const [pid, start, space] = living.split('-')
const gone = `${pid}-${Number(start) - 1}-${space}`

it('takes away the containers of runs that have ended, and no others', async () => {
  const commands: string[] = []
  await sweepContainers(async (args) => {
    commands.push(args.join(' '))
    return args[0] === 'ps' ? `a ${living}\nb ${gone}\nc \nd ${gone}\ne 999999999-1-1\n` : ''
  })
  expect(commands.slice(1)).toEqual(['rm --force --volumes b', 'rm --force --volumes d'])
})

it('takes away the folders of runs that have ended, and no others', async () => {
  const root = await temporaryFolder()
  for (const name of [`pod-${living}-web-x`, `pod-${gone}-web-x`, 'pod-web-x', `other-${gone}-x`])
    await mkdir(join(root, name, 'inner'), { recursive: true })
  await sweepFolders(root)
  expect((await readdir(root)).sort()).toEqual([`other-${gone}-x`, `pod-${living}-web-x`, 'pod-web-x'].sort())
})
