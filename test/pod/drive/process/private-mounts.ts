/**
 * Gives a container its volumes at their true paths: a mount namespace of its own with a copy-on-write view of this
 * machine's files as root, the volumes bound into it, and its own host name. Nothing of it is seen outside, and
 * nothing is left behind. Needs root on Linux; `canMountPrivately` tries it out.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { HostAlias } from '../../manifest/pod-manifest.ts'
import type { Mount } from '../driver.ts'

export interface PrivateRoot {
  /** An empty directory of this machine, on which the view is built. */
  readonly base: string
  readonly mounts: readonly Mount[]
  readonly hostname: string
  readonly hostAliases: readonly HostAlias[]
  readonly workingDir: string
}

/** Words that enter the namespaces of a process and run what follows. */
export function enterNamespaces(pid: number): readonly string[] {
  return ['nsenter', '--target', String(pid), '--mount', '--uts', '--root', '--wd']
}

/**
 * Words that build the view and run `words` in it, in one process from beginning to end, so that its pid is the
 * program's. On descriptor 3 the script says "ready" when only the program itself is left to be run.
 */
export async function inPrivateRoot(root: PrivateRoot, words: readonly string[]): Promise<readonly string[]> {
  const script = await buildScript(root)
  return ['unshare', '--mount', '--uts', '--propagation', 'private', 'sh', '-c', script, 'sh', ...words]
}

/** Says "ready" only inside the new root, so that whoever enters the namespaces from then on finds it. */
const handOver = 'cd "$1"; shift; echo ready >&3; exec "$@" 3>&-'

async function buildScript({ base, mounts, hostname, hostAliases, workingDir }: PrivateRoot): Promise<string> {
  const view = join(base, 'root')
  const hosts = [`127.0.0.1 localhost`, ...hostAliases.map(({ ip, hostnames }) => `${ip} ${hostnames.join(' ')}`)]
  return [
    'set -e',
    'path=$PATH; PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    `mount -t tmpfs -o mode=755 tmpfs ${quote(base)}`,
    `cd ${quote(base)}; mkdir upper work root`,
    'mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root',
    ...(await otherFileSystems()).map((path) => `mount --rbind ${quote(path)} ${quote(view + path)} 2>&- || :`),
    ...mounts.flatMap((mount) => bind(mount, view)),
    `hostname ${quote(hostname)} 2>&- || echo ${quote(hostname)} > /proc/sys/kernel/hostname`,
    `rm -f root/etc/hosts; printf '%s\\n' ${hosts.map(quote).join(' ')} > root/etc/hosts`,
    'change=$(command -v chroot)',
    `PATH=$path; exec "$change" ${quote(view)} /bin/sh -c ${quote(handOver)} sh ${quote(workingDir)} "$@"`,
  ].join('\n')
}

function bind({ hostPath, mountPath, readOnly }: Mount, view: string): string[] {
  const [from, to] = [quote(hostPath), quote(join(view, mountPath))]
  return [
    `if [ -d ${from} ]; then mkdir -p ${to}; else mkdir -p "$(dirname ${to})"; [ -e ${to} ] || : > ${to}; fi`,
    `mount --bind ${from} ${to}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${to}`] : []),
  ]
}

/**
 * The overlay shows only the file system of `/`; whatever else is mounted is bound into it, system files among it,
 * but for `/etc/hosts`, which container engines mount: the view has one of its own, and a mounted file cannot be replaced.
 */
async function otherFileSystems(): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).trim().split('\n')
  const points = lines
    .map((line) => line.split(' ')[4] ?? '/')
    .map(unescapeMountPoint)
    .sort()
  const isOther = (point: string): boolean =>
    !['/', '/etc/hosts'].includes(point) && !/^\/(snap|var\/lib)\//.test(point)
  const outermost: string[] = []
  for (const point of points.filter(isOther)) {
    const last = outermost.at(-1)
    if (last === undefined || (point !== last && !point.startsWith(`${last}/`))) outermost.push(point)
  }
  return outermost
}

/** mountinfo writes a space as `\040`. */
function unescapeMountPoint(point: string): string {
  return point.replaceAll(/\\([0-7]{3})/g, (_escaped, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Whether this machine and this user may do all that; the answer comes from doing it once. */
export async function canMountPrivately(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const base = await mkdtemp(join(tmpdir(), 'pod-trial-'))
  try {
    const root = { base, mounts: [], hostname: 'trial', hostAliases: [], workingDir: '/' }
    const [program = '', ...words] = await inPrivateRoot(root, ['true'])
    await promisify(execFile)('sh', ['-c', 'exec 3>/dev/null; exec "$@"', 'sh', program, ...words])
    await promisify(execFile)('nsenter', ['--version'])
    return true
  } catch {
    return false // the reason is no matter: paths are rewritten then, and the Pod's deviations say so
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}
