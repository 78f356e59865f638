import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PodSpec } from '../../manifest/pod-manifest.ts'
import { readManifest } from '../../manifest/read-manifest.ts'
import { startPod } from '../../start-pod.ts'
import { podContract, readTestdata } from '../contract.case.ts'
import { canMountPrivately } from './private-mounts.ts'
import { type PathMode, processDriver } from './process-driver.ts'
import type { ProgramTable } from './programs.ts'

const actor = [process.execPath, join(import.meta.dirname, '..', '..', 'testdata', 'actor.ts')]
const programs: ProgramTable = { 'podmates/actor': { entrypoint: actor, commands: { actor } } }
const driver = (paths: PathMode) => processDriver({ programs, paths })
const rootOnLinux = await canMountPrivately()

podContract({ name: 'process (rewritten paths)', driver: async () => driver('rewritten') })

/** A Pod of one container that runs a shell script. */
function shell(script: string, fields = ''): ReturnType<typeof readManifest> {
  const command = JSON.stringify(['sh', '-c', script])
  const text = `
kind: Pod
metadata: { name: shell }
spec:
  restartPolicy: Never
  hostAliases: [{ ip: 192.0.2.7, hostnames: [inventory, inventory.local] }]
  volumes: [{ name: data, emptyDir: {} }]
  containers: [{ name: shell, image: none, command: ${command}, volumeMounts: [{ name: data, mountPath: /pod-data }], ${fields} }]`
  return readManifest([{ file: 'shell.yaml', text }])
}

async function outputOf(manifest: ReturnType<typeof readManifest>, paths: PathMode = 'rewritten'): Promise<string> {
  await using pod = await startPod(manifest, { driver: driver(paths) })
  await pod.ended
  return pod.logs('shell')
}

describe('a container', () => {
  it('has nothing of the environment of its runner but the PATH', async () => {
    expect(await outputOf(shell('env | grep -v -e ^PATH= -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD='))).toBe(
      'HOSTNAME=shell\n',
    )
  })

  it('takes what it left running with it: its output would stay open otherwise, and it would never end', async () => {
    expect(await outputOf(shell('sleep 600 & echo left it running'))).toBe('left it running\n')
  })

  it('S32 is asked to end by the signal of its manifest', async () => {
    const script =
      'trap "echo got INT; exit 0" INT; trap "echo got TERM; exit 0" TERM; echo up; while :; do sleep 0.05; done'
    const manifest = shell(script, 'lifecycle: { stopSignal: SIGINT }')
    await using pod = await startPod(manifest, { driver: driver('rewritten') })
    const up = Promise.withResolvers<void>()
    pod.onLine(() => up.resolve())
    await up.promise
    await pod.terminate()
    expect(pod.logs('shell')).toBe('up\ngot INT\n')
  })

  it.each([
    ['no program that its command names', 'command: [no-such-program]', 'no program "no-such-program" on this machine'],
    ['neither a known image nor a command', '', 'no program is known for the image "none", and it has no command'],
  ])('with %s cannot be started', async (_what, fields, message) => {
    const text = `kind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: a, image: none, ${fields} }] }`
    const manifest = readManifest([{ file: 'pod.yaml', text }])
    await using pod = await startPod(manifest, { driver: driver('rewritten') })
    await pod.waitFor(({ containers }) => (containers.a?.restarts ?? 0) > 0)
    expect(pod.timeline().entries).toContainEqual(expect.objectContaining({ what: 'startFailed', message }))
  })
})

describe('with rewritten paths', () => {
  it('says what is not as in a cluster', () => {
    const { pod } = readTestdata('volumes')
    expect(driver('rewritten').deviations(pod)).toEqual([
      `image podmates/actor:dev: runs ${actor.join(' ')}`,
      expect.stringContaining('two Pods cannot use the same port'),
      expect.stringContaining('every container sees those of the others'),
      expect.stringContaining('volume paths are rewritten'),
    ])
  })

  it('says where the text of a projected file may mean another volume', () => {
    const mount = (volume: string) => ({ volume, mountPath: '/data', readOnly: false })
    const pod = readTestdata('order').pod
    const [first, second, ...rest] = pod.containers
    if (first === undefined || second === undefined) throw new Error('too few containers')
    const ambiguous: PodSpec = {
      ...pod,
      containers: [{ ...first, volumeMounts: [mount('a')] }, { ...second, volumeMounts: [mount('b')] }, ...rest],
    }
    expect(driver('rewritten').deviations(ambiguous)).toContain(
      '/data: different volumes, so projected text may name the wrong one',
    )
  })
})

describe.skipIf(!rootOnLinux)('with private mounts (root on Linux)', () => {
  podContract({ name: 'process (private mounts)', driver: async () => driver('mounts') })

  it('has its volumes at their true paths, and leaves no trace of them on this machine', async () => {
    const script = 'echo hello > /pod-data/file; cat /pod-data/file; echo scratch > /pod-scratch; cat /pod-scratch'
    expect(await outputOf(shell(script), 'mounts')).toBe('hello\nscratch\n')
    expect(existsSync('/pod-data')).toBe(false)
    expect(existsSync('/pod-scratch')).toBe(false)
  })

  it('has its own host name and the host aliases of the Pod', async () => {
    expect(await outputOf(shell('hostname; getent hosts inventory.local'), 'mounts')).toMatch(
      /^shell\n192\.0\.2\.7 +inventory inventory\.local\n$/,
    )
  })

  it('is possible where /etc/hosts is mounted, as it is inside a container', () => {
    const program = `import { canMountPrivately } from '${join(import.meta.dirname, 'private-mounts.ts')}'
process.exit((await canMountPrivately()) ? 0 : 1)`
    const script = 'mount --bind /etc/hosts /etc/hosts && exec "$@"'
    const words = ['sh', '-c', script, 'sh', process.execPath, '--input-type=module', '--eval', program]
    expect(spawnSync('unshare', ['--mount', '--propagation', 'private', ...words])).toMatchObject({ status: 0 })
  })

  it('cannot write to what is mounted read-only', async () => {
    const text = `
kind: Pod
metadata: { name: shell }
spec:
  restartPolicy: Never
  volumes: [{ name: data, configMap: { name: data } }]
  containers:
    - name: shell
      image: none
      command: [sh, -c, "echo x > /pod-data/new || echo refused"]
      volumeMounts: [{ name: data, mountPath: /pod-data }]
---
kind: ConfigMap
metadata: { name: data }
`
    const output = await outputOf(readManifest([{ file: 'pod.yaml', text }]), 'mounts')
    expect(output).toContain('Read-only file system')
    expect(output).toContain('refused')
  })

  it('runs its exec in the same view', async () => {
    await using pod = await startPod(readTestdata('volumes'), { driver: driver('mounts') })
    await pod.waitFor(({ ready }) => ready)
    expect(await pod.exec('app', ['sh', '-c', 'cat /etc/keys/token; touch /etc/keys/new'])).toMatchObject({
      exitCode: 1,
      stdout: 's3cret',
    })
  })

  it('says why when a mount cannot be made', async () => {
    const manifest = shell('true')
    const pod = { ...manifest.pod, volumes: [{ kind: 'hostPath' as const, name: 'data', path: '/no/such/directory' }] }
    await using running = await startPod({ ...manifest, pod }, { driver: driver('mounts') })
    await running.waitFor(({ containers }) => (containers.shell?.restarts ?? 0) > 0)
    expect(running.timeline().entries).toContainEqual(
      expect.objectContaining({
        what: 'startFailed',
        message: expect.stringMatching(/cannot set up its mounts: .*no\/such/),
      }),
    )
  })
})
