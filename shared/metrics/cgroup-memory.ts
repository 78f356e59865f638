/**
 * What the container's memory limit leaves. Read from the cgroup, version 1 or 2, because that is where the
 * kernel kills: what Node says of itself knows neither the page cache nor the other processes of the container.
 */

export interface CgroupMemory {
  /** The working set, as `kubectl top` shows it: all that is charged, without page cache that can go at once. */
  readonly usedBytes: number
  /** Undefined where nothing limits it. */
  readonly limitBytes: number | undefined
}

/** Reads a small file of the kernel's. @returns undefined where there is none */
export type ReadKernelFile = (path: string) => string | undefined

interface CgroupFiles {
  readonly folder: string
  readonly usage: string
  readonly limit: string
  readonly inactive: string
}

/** A version 1 cgroup without a limit says so with a number near 2^63 (kernel doc cgroup-v1/memory). */
const noLimitBytes = 2 ** 60

/** @returns undefined outside Linux, or where the cgroup cannot be read. Never throws if `read` does not. */
export function readCgroupMemory(read: ReadKernelFile): CgroupMemory | undefined {
  for (const files of candidates(read('/proc/self/cgroup') ?? '')) {
    const usage = read(`${files.folder}/${files.usage}`)
    if (usage === undefined) continue
    const limit = Number(read(`${files.folder}/${files.limit}`)?.trim() ?? Number.NaN)
    const inactive = numberAfter(files.inactive, read(`${files.folder}/memory.stat`) ?? '')
    return {
      usedBytes: Math.max(0, Number(usage) - inactive),
      limitBytes: limit < noLimitBytes ? limit : undefined,
    }
  }
  return undefined
}

/**
 * Where the files may be. In a container the cgroup is usually mounted as its own root; without a cgroup
 * namespace `/proc/self/cgroup` names the path on the host.
 */
function candidates(ownCgroups: string): CgroupFiles[] {
  const lines = ownCgroups.split('\n').map((line) => line.split(':'))
  const v1 = { usage: 'memory.usage_in_bytes', limit: 'memory.limit_in_bytes', inactive: 'total_inactive_file' }
  const v2 = { usage: 'memory.current', limit: 'memory.max', inactive: 'inactive_file' }
  return lines
    .flatMap(([id, controllers = '', ...path]): CgroupFiles[] => {
      const inside = path.join(':').replace(/\/$/, '')
      if (controllers.split(',').includes('memory')) return [{ folder: `/sys/fs/cgroup/memory${inside}`, ...v1 }]
      return id === '0' ? [{ folder: `/sys/fs/cgroup${inside}`, ...v2 }] : []
    })
    .concat({ folder: '/sys/fs/cgroup/memory', ...v1 }, { folder: '/sys/fs/cgroup', ...v2 })
}

function numberAfter(name: string, stat: string): number {
  const line = stat.split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? 0 : Number(line.slice(name.length + 1))
}
