import { expect, it } from 'vitest'
import { readCgroupMemory } from './cgroup-memory.ts'

/** A kernel that shows these files. */
const reading = (files: Record<string, string>) => readCgroupMemory((path) => files[path])

it('reads version 2 where the container is its own cgroup root', () => {
  expect(
    reading({
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.current': '50000000\n',
      '/sys/fs/cgroup/memory.max': '67108864\n',
      '/sys/fs/cgroup/memory.stat': 'anon 30000000\ninactive_file 10000000\nactive_file 5\n',
    }),
  ).toEqual({ usedBytes: 40_000_000, limitBytes: 67_108_864 })
})

it('reads version 1 beside an empty version 2', () => {
  expect(
    reading({
      '/proc/self/cgroup': '9:name=systemd:/\n4:memory:/kubepods/pod1/abc\n0::/\n',
      '/sys/fs/cgroup/memory/kubepods/pod1/abc/memory.usage_in_bytes': '50000000\n',
      '/sys/fs/cgroup/memory/kubepods/pod1/abc/memory.limit_in_bytes': '67108864\n',
      '/sys/fs/cgroup/memory/kubepods/pod1/abc/memory.stat': 'inactive_file 1\ntotal_inactive_file 10000000\n',
    }),
  ).toEqual({ usedBytes: 40_000_000, limitBytes: 67_108_864 })
})

it('finds the files at the mount when the path is one of the host', () => {
  const usage = { '/sys/fs/cgroup/memory.current': '7\n', '/sys/fs/cgroup/memory.max': '9\n' }
  expect(reading({ '/proc/self/cgroup': '0::/kubepods/pod1/abc\n', ...usage })).toEqual({ usedBytes: 7, limitBytes: 9 })
})

it.each([
  ['version 2', { '/sys/fs/cgroup/memory.current': '7\n', '/sys/fs/cgroup/memory.max': 'max\n' }],
  [
    'version 1',
    {
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '7\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    },
  ],
])('knows a cgroup without a limit (%s)', (_version, files) => {
  expect(reading({ '/proc/self/cgroup': '', ...files })).toEqual({ usedBytes: 7, limitBytes: undefined })
})

it('says nothing where there is no cgroup', () => {
  expect(reading({})).toBeUndefined()
})
