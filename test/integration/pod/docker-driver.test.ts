/** The Pods of test/pod/testdata as containers: the same cases as for the process driver, and what only an engine can do. */
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildImage } from '../../../tools/images/docker-image.ts'
import { nodeBaseTag } from '../../../tools/images/node-base.ts'
import { rootFolder } from '../../../tools/setup/cache-folder.ts'
import { mustRun } from '../../../tools/setup/run-program.ts'
import { sourceHash } from '../../../tools/setup/source-hash.ts'
import { podContract } from '../../pod/drive/contract.case.ts'
import { dockerDriver } from '../../pod/drive/docker/docker-driver.ts'
import type { PodManifest } from '../../pod/manifest/pod-manifest.ts'
import { readManifest } from '../../pod/manifest/read-manifest.ts'
import { startPod } from '../../pod/start-pod.ts'

const driver = dockerDriver()

beforeAll(async () => {
  const context = join(rootFolder, 'test', 'pod', 'testdata')
  const dockerfile = join(context, 'actor.Dockerfile')
  const inputs = sourceHash(rootFolder, [dockerfile, join(context, 'actor'), join(context, 'actor.ts')])
  await buildImage({ tag: 'podmates/actor:dev', dockerfile, context, buildArgs: { NODE: nodeBaseTag } }, inputs)
})

podContract({ name: 'docker', driver: async () => driver })

/** A Pod of one container that runs a Node script; `pod` and `container` are further fields of both. */
function script(code: string, { pod = '', container = '' } = {}): PodManifest {
  const command = JSON.stringify(['/usr/bin/node', '-e', code])
  const text = `
kind: Pod
metadata: { name: script }
spec:
  restartPolicy: Never
  volumes: [{ name: data, emptyDir: {} }]
  ${pod}
  containers: [{ name: script, image: podmates/actor:dev, command: ${command}, ${container} }]`
  return readManifest([{ file: 'script.yaml', text }])
}

async function outputOf(manifest: PodManifest): Promise<string> {
  await using pod = await startPod(manifest, { driver })
  await pod.ended
  return pod.logs('script')
}

async function startFailureOf(manifest: PodManifest): Promise<string> {
  await using pod = await startPod(manifest, { driver })
  await pod.waitFor(({ containers }) => (containers.script?.restarts ?? 0) > 0)
  const failure = pod.timeline().entries.find(({ what }) => what === 'startFailed')
  return failure?.what === 'startFailed' ? failure.message : ''
}

describe('the security context', () => {
  it('gives user, groups, and no right but those of the manifest', async () => {
    const code = `
      const fs = require("fs")
      const status = fs.readFileSync("/proc/self/status", "utf8")
      const field = (name) => new RegExp("^" + name + ":\\\\s*(.*)$", "m").exec(status)[1]
      console.log(process.getuid(), process.getgid(), process.getgroups().join())
      console.log(field("CapBnd"), field("NoNewPrivs"))
      try { fs.writeFileSync("/file", "") } catch (error) { console.log(error.code) }
      fs.writeFileSync("/data/file", "")
      console.log(fs.statSync("/data/file").gid)`
    const output = await outputOf(
      script(code, {
        pod: 'securityContext: { runAsUser: 4711, runAsGroup: 4712, fsGroup: 4713 }',
        container: `
          securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } },
          volumeMounts: [{ name: data, mountPath: /data }]`,
      }),
    )
    expect(output).toBe('4711 4712 4712,4713\n0000000000000000 1\nEROFS\n4713\n')
  })

  it('refuses an image of root where runAsNonRoot is asked, as the kubelet does', async () => {
    const manifest = script('', { container: 'securityContext: { runAsNonRoot: true }' })
    expect(await startFailureOf(manifest)).toBe('runAsNonRoot: expected a numeric user other than 0, found ""')
  })
})

describe('the sandbox', () => {
  it('is one network for all containers, with the name and the aliases of the Pod', async () => {
    const code = `
      console.log(require("os").hostname())
      require("dns").lookup("inventory.local", (_error, address) => console.log(address))`
    const output = await outputOf(
      script(code, { pod: 'hostAliases: [{ ip: 192.0.2.7, hostnames: [inventory.local] }]' }),
    )
    expect(output).toBe('script\n192.0.2.7\n')
  })

  it.each([
    [true, 'the others are seen'],
    [false, 'only its own are seen'],
  ])('shares its processes where shareProcessNamespace is %s: %s', async (shared) => {
    const code = 'console.log(process.pid === 1 ? "own" : "shared")'
    expect(await outputOf(script(code, { pod: `shareProcessNamespace: ${shared}` }))).toBe(
      shared ? 'shared\n' : 'own\n',
    )
  })

  it('leaves no container, network or directory behind', async () => {
    const label = 'dev.podmates.pod'
    const count = async (): Promise<number> =>
      (await mustRun('docker', ['ps', '--all', '--quiet', '--filter', `label=${label}`])).split('\n').length
    const before = await count()
    await outputOf(script('console.log("done")'))
    expect(await count()).toBe(before)
  })
})

describe('a container', () => {
  it('tells its last words, which it left in its terminationMessagePath', async () => {
    await using pod = await startPod(
      script('require("fs").writeFileSync("/dev/termination-log", "no disk"); process.exit(4)'),
      { driver },
    )
    await pod.ended
    expect(pod.timeline().entries).toContainEqual(
      expect.objectContaining({ what: 'exited', exitCode: 4, message: 'no disk' }),
    )
  })

  it('has the memory limit of the manifest', async () => {
    const output = await outputOf(
      script('console.log(process.constrainedMemory() / 2 ** 20)', {
        container: 'resources: { limits: { memory: 96Mi } }',
      }),
    )
    expect(output).toBe('96\n')
  })

  it.each([
    ['an image that is not here', { image: 'podmates/none:dev' }, /^no image "podmates\/none:dev" on this machine/],
    ['a program that is not in its image', { command: ['/no/such/program'] }, /no such file or directory/],
  ])('with %s cannot be started', async (_what, change, message) => {
    const manifest = script('')
    const containers = manifest.pod.containers.map((container) => ({ ...container, ...change }))
    expect(await startFailureOf({ ...manifest, pod: { ...manifest.pod, containers } })).toMatch(message)
  })
})

describe('a probe', () => {
  const listen = (host: string): string =>
    `require("http").createServer((_, response) => response.end()).listen(8080, "${host}")`
  const asks = (probe: string): string =>
    `ports: [{ containerPort: 8080 }], ${probe}: { httpGet: { port: 8080 }, periodSeconds: 1, failureThreshold: 3 }`

  it('asks the address of the Pod, and this machine a port of its own', async () => {
    await using pod = await startPod(script(listen('0.0.0.0'), { container: asks('readinessProbe') }), { driver })
    await pod.waitFor(({ ready }) => ready)
    const { host, port } = await pod.address(8080)
    expect((await fetch(`http://${host}:${port}/`)).status).toBe(200)
    await expect(pod.address(9)).rejects.toThrow('no container declares the port 9')
  })

  it('fails where a server listens on 127.0.0.1 alone, as it does in a cluster', async () => {
    await using pod = await startPod(
      script(listen('127.0.0.1'), { container: asks('livenessProbe'), pod: 'terminationGracePeriodSeconds: 0' }),
      { driver },
    )
    const { entries } = await pod.ended
    expect(entries).toContainEqual(
      expect.objectContaining({ what: 'probeFailed', message: expect.stringMatching(/^connect ECONNREFUSED 172\./) }),
    )
  })
})
