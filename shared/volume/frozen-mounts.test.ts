import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { frozenMounts } from './frozen-mounts.ts'

const line = (root: string, mountPoint: string): string =>
  `523 47 253:16 ${root} ${mountPoint.replaceAll(' ', '\\040')} rw,noatime shared:29 - xfs /dev/vdb rw,attr2`

const generation = '/kubelet/pods/d166/volumes/kubernetes.io~configmap/cfg/..2021_07_21_11_21_39.969349293'

it.each([
  { what: 'a whole ConfigMap', root: '/kubelet/pods/d166/volumes/kubernetes.io~configmap/cfg', at: '', frozen: false },
  { what: 'a whole Secret, on a tmpfs of its own', root: '/', at: '', frozen: false },
  { what: 'an emptyDir', root: '/kubelet/pods/d166/volumes/kubernetes.io~empty-dir/out', at: '', frozen: false },
  { what: 'a whole ConfigMap further down', root: '/kubernetes.io~configmap/cfg', at: '/folder', frozen: false },
  { what: 'a directory by subPath', root: `${generation}/folder`, at: '', frozen: true },
  { what: 'a file by subPath', root: `${generation}/app.ini`, at: '/app.ini', frozen: true },
  { what: 'a file by subPath, replaced since', root: `${generation}/app.ini//deleted`, at: '/app.ini', frozen: true },
  { what: 'a file of a Secret by subPath', root: '/..2021_07_21_11_21_39.96/app.ini', at: '/app.ini', frozen: true },
  { what: 'a single file, as compose mounts it', root: '/home/me/app.ini', at: '/app.ini', frozen: true },
])('$what at "$at": frozen $frozen', async ({ root, at, frozen }) => {
  const dir = join(await temporaryFolder(), 'with space')
  await mkdir(join(dir, 'folder'), { recursive: true })
  await writeFile(join(dir, 'app.ini'), '')
  const mountInfo = [line('/', '/'), line(generation, `${dir}-beside`), line(root, dir + at), ''].join('\n')
  expect(await frozenMounts(mountInfo, dir)).toEqual(frozen ? [dir + at] : [])
})

it('finds nothing where there is no mount table, no directory, or only a mount point that is gone', async () => {
  const dir = await temporaryFolder()
  expect(await frozenMounts('', dir)).toEqual([])
  expect(await frozenMounts(line(generation, join(dir, 'missing')), join(dir, 'missing'))).toEqual([])
  expect(await frozenMounts(line('/home/me/app.ini', join(dir, 'gone')), dir)).toEqual([])
})

it('finds what is mounted where a link to the directory leads', async () => {
  const dir = await temporaryFolder()
  await mkdir(join(dir, 'real'))
  await symlink('real', join(dir, 'link'))
  const mounted = join(dir, 'real', 'app.ini')
  expect(await frozenMounts(line(`${generation}/app.ini`, mounted), join(dir, 'link'))).toEqual([mounted])
})
