import { existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PodSpec } from '../manifest/pod-manifest.ts'
import { readManifest } from '../manifest/read-manifest.ts'
import type { PodFacts } from './downward.ts'
import type { Objects } from './environment.ts'
import { openVolumes } from './volumes.ts'

const facts: PodFacts = { podIp: '192.0.2.1', uid: 'u', nodeName: 'n', allocatable: { cpu: 4, memory: 2 ** 33 } }
const objects: Objects = { configMap: { app: { 'a.txt': 'one', 'b.txt': 'two' } }, secret: {} }
const asItIs = (_volume: string, text: string): string => text
const isRoot = process.getuid?.() === 0

/** A Pod with these volumes, mounted by its one container as given. */
function pod(volumes: string, mounts = '', security = ''): PodSpec {
  const text = `
kind: Pod
metadata: { name: shop, labels: { app: shop } }
spec:
  securityContext: { ${security} }
  volumes: [${volumes}]
  containers: [{ name: web, image: w, volumeMounts: [${mounts}], resources: { limits: { memory: 64Mi } } }]
---
kind: ConfigMap
metadata: { name: app }
data: { a.txt: one, b.txt: two }`
  return readManifest([{ file: 'pod.yaml', text }]).pod
}

async function opened(spec: PodSpec) {
  const volumes = await openVolumes(spec)
  await volumes.publish(objects, facts, asItIs)
  const path = (volume: string, ...inside: readonly string[]): string =>
    join(volumes.paths.get(volume) ?? '', ...inside)
  const read = (volume: string, file: string): string => readFileSync(path(volume, file), 'utf8')
  const [web] = spec.containers
  if (web === undefined) throw new Error('no container')
  return { volumes, path, read, mounts: () => volumes.mountsOf(web), [Symbol.asyncDispose]: () => volumes.remove() }
}

describe('a projected volume', () => {
  it('is written as the kubelet does, and swapped as a whole', async () => {
    await using own = await opened(pod('{ name: v, configMap: { name: app } }'))
    const before = readlinkSync(own.path('v', '..data'))
    await own.volumes.publish({ ...objects, configMap: { app: { 'a.txt': 'three' } } }, facts, asItIs)
    expect(readlinkSync(own.path('v', '..data'))).not.toBe(before)
    expect(own.read('v', 'a.txt')).toBe('three')
    expect(existsSync(own.path('v', 'b.txt'))).toBe(false)
  })

  it('stays untouched when its sources did not change', async () => {
    await using own = await opened(pod('{ name: v, configMap: { name: app } }'))
    const before = readlinkSync(own.path('v', '..data'))
    await own.volumes.publish({ ...objects, secret: { other: {} } }, facts, asItIs)
    expect(readlinkSync(own.path('v', '..data'))).toBe(before)
  })

  it('puts its sources together, under the paths that its items name', async () => {
    await using own = await opened(
      pod(`{ name: v, projected: { sources: [
        { configMap: { name: app, items: [{ key: a.txt, path: conf/renamed.txt }] } },
        { downwardAPI: { items: [
          { path: labels, fieldRef: { fieldPath: metadata.labels } },
          { path: memory, resourceFieldRef: { containerName: web, resource: limits.memory, divisor: 1Mi } }] } },
        { secret: { name: none, optional: true } }] } }`),
    )
    expect(own.read('v', 'conf/renamed.txt')).toBe('one')
    expect(own.read('v', 'labels')).toBe('app="shop"')
    expect(own.read('v', 'memory')).toBe('64')
    expect(existsSync(own.path('v', 'b.txt'))).toBe(false)
  })

  it.each([
    ['', 0o644],
    ['defaultMode: 0400,', 0o400],
  ])('with %j has files of mode %o', async (mode, expected) => {
    await using own = await opened(pod(`{ name: v, configMap: { ${mode} name: app } }`))
    expect(statSync(own.path('v', 'a.txt')).mode & 0o777).toBe(expected)
  })

  it('serialises two changes at once, and the last one stays', async () => {
    await using own = await opened(pod('{ name: v, configMap: { name: app } }'))
    const change = (text: string) =>
      own.volumes.publish({ ...objects, configMap: { app: { 'a.txt': text } } }, facts, asItIs)
    await Promise.all([change('x'), change('y'), change('z')])
    expect(own.read('v', 'a.txt')).toBe('z')
  })

  it('goes on after a change that could not be written', async () => {
    await using own = await opened(pod('{ name: v, configMap: { name: app } }'))
    const publish = (name: string) =>
      own.volumes.publish({ ...objects, configMap: { app: { [name]: 'x' } } }, facts, asItIs)
    await expect(publish('../outside')).rejects.toThrow('invalid path')
    await publish('inside')
    expect(own.read('v', 'inside')).toBe('x')
  })

  it('is adapted by the driver, text only', async () => {
    await using own = await opened(pod('{ name: v, configMap: { name: app } }'))
    const binary = new Uint8Array([0, 255])
    await own.volumes.publish(
      { ...objects, configMap: { app: { 'a.txt': 'one', 'b.bin': binary } } },
      facts,
      (volume, text) => `${volume}: ${text}`,
    )
    expect(own.read('v', 'a.txt')).toBe('v: one')
    expect(new Uint8Array(readFileSync(own.path('v', 'b.bin')))).toEqual(binary)
  })
})

describe('a mount', () => {
  it('is read-only where the manifest says so, and always where it is projected', async () => {
    await using own = await opened(
      pod(
        '{ name: v, configMap: { name: app } }, { name: e, emptyDir: {} }',
        '{ name: v, mountPath: /v }, { name: e, mountPath: /e }, { name: e, mountPath: /r, readOnly: true }',
      ),
    )
    expect(await own.mounts()).toEqual([
      { hostPath: own.path('v'), mountPath: '/v', readOnly: true },
      { hostPath: own.path('e'), mountPath: '/e', readOnly: false },
      { hostPath: own.path('e'), mountPath: '/r', readOnly: true },
    ])
  })

  it('of a subPath of an emptyDir makes the directory', async () => {
    await using own = await opened(pod('{ name: e, emptyDir: {} }', '{ name: e, mountPath: /e, subPath: deep/down }'))
    const [mount] = await own.mounts()
    expect(statSync(mount?.hostPath ?? '').isDirectory()).toBe(true)
    expect(mount?.hostPath).toBe(own.path('e', 'deep/down'))
  })

  it('of a subPath of a ConfigMap keeps the file of that moment', async () => {
    await using own = await opened(
      pod('{ name: v, configMap: { name: app } }', '{ name: v, mountPath: /a.txt, subPath: a.txt }'),
    )
    const [mount] = await own.mounts()
    await own.volumes.publish({ ...objects, configMap: { app: { 'a.txt': 'changed' } } }, facts, asItIs)
    expect(readFileSync(mount?.hostPath ?? '', 'utf8')).toBe('one')
  })

  it('of a subPath that is not there cannot be made', async () => {
    await using own = await opened(
      pod('{ name: v, configMap: { name: app } }', '{ name: v, mountPath: /c.txt, subPath: c.txt }'),
    )
    await expect(own.mounts()).rejects.toThrow(/^no file at the subPath .*c\.txt$/)
  })
})

describe('an emptyDir', () => {
  it('is writable for everybody, and gone with the Pod', async () => {
    const own = await opened(pod('{ name: e, emptyDir: {} }'))
    expect(statSync(own.path('e')).mode & 0o777).toBe(0o777)
    writeFileSync(own.path('e', 'file'), '')
    await own.volumes.remove()
    expect(existsSync(own.path('e'))).toBe(false)
  })

  it.skipIf(!isRoot)('belongs to the fsGroup, which may also read what is projected (needs root)', async () => {
    await using own = await opened(
      pod('{ name: e, emptyDir: {} }, { name: v, configMap: { name: app, defaultMode: 0400 } }', '', 'fsGroup: 4711'),
    )
    expect(statSync(own.path('e'))).toMatchObject({ gid: 4711 })
    expect(statSync(own.path('e')).mode & 0o2777).toBe(0o2777)
    expect(statSync(own.path('v', 'a.txt'))).toMatchObject({ gid: 4711 })
    expect(statSync(own.path('v', 'a.txt')).mode & 0o777).toBe(0o440)
  })
})
