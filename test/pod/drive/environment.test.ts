import { describe, expect, it } from 'vitest'
import { readManifest } from '../manifest/read-manifest.ts'
import type { PodFacts } from './downward.ts'
import { expand, type Objects, resolveEnvironment } from './environment.ts'

const facts: PodFacts = {
  podIp: '127.0.0.2',
  uid: 'b5f9',
  nodeName: 'node-a',
  allocatable: { cpu: 4, memory: 8 * 2 ** 30 },
}
const objects: Objects = {
  configMap: { app: { level: 'info', port: '80' } },
  secret: { keys: { token: new Uint8Array(Buffer.from('s3cret')) } },
}

/** The environment of a container whose fields are given as YAML. */
function environment(fields: string, given: Objects = objects): Record<string, string> {
  const { pod } = readManifest([
    {
      file: 'pod.yaml',
      text: `
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web, tier: "1" }, annotations: { owner: team-a } }
spec:
  serviceAccountName: shopper
  containers:
    - { name: web, image: i, resources: { requests: { cpu: 250m }, limits: { memory: 64Mi } }, ${fields} }
---
kind: ConfigMap
metadata: { name: app }
data: { level: info, port: "80" }
---
kind: Secret
metadata: { name: keys }
data: { token: czNjcmV0 }
`,
    },
  ])
  const [container] = pod.containers
  if (container === undefined) throw new Error('no container')
  return resolveEnvironment({ container, pod, objects: given, facts })
}

describe('the environment', () => {
  it('takes values from ConfigMaps and Secrets, by key and as a whole with a prefix', () => {
    expect(
      environment(`
        envFrom: [{ prefix: APP_, configMapRef: { name: app } }, { secretRef: { name: keys } }],
        env: [{ name: LEVEL, valueFrom: { configMapKeyRef: { name: app, key: level } } }]`),
    ).toEqual({ APP_level: 'info', APP_port: '80', token: 's3cret', LEVEL: 'info' })
  })

  it('leaves out what is optional and missing', () => {
    expect(
      environment(`
        envFrom: [{ configMapRef: { name: none, optional: true } }],
        env: [{ name: A, valueFrom: { secretKeyRef: { name: none, key: k, optional: true } } }]`),
    ).toEqual({})
  })

  it.each([
    ['metadata.name', 'web'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'b5f9'],
    ["metadata.labels['app']", 'web'],
    ["metadata.annotations['owner']", 'team-a'],
    ['spec.nodeName', 'node-a'],
    ['spec.serviceAccountName', 'shopper'],
    ['status.podIP', '127.0.0.2'],
  ])('knows the field %s', (path, value) => {
    expect(environment(`env: [{ name: A, valueFrom: { fieldRef: { fieldPath: "${path}" } } }]`)).toEqual({ A: value })
  })

  it.each([
    ['limits.memory', '1Mi', '64'],
    ['limits.memory', '1', '67108864'],
    ['requests.cpu', '1m', '250'],
    ['requests.cpu', '1', '1'],
    ['requests.memory', '1', '67108864'],
    ['limits.cpu', '1', '4'],
  ])('knows the resource %s in units of %s, rounded up', (resource, divisor, value) => {
    const source = `{ resource: ${resource}, divisor: "${divisor}" }`
    expect(environment(`env: [{ name: A, valueFrom: { resourceFieldRef: ${source} } }]`)).toEqual({ A: value })
  })

  it('refuses a field that the downward API does not have', () => {
    const fields = 'env: [{ name: A, valueFrom: { fieldRef: { fieldPath: spec.secrets } } }]'
    expect(() => environment(fields)).toThrow('A: the downward API has no spec.secrets')
  })

  it('refuses a key that was taken out of its ConfigMap since the manifest was read', () => {
    const fields = 'env: [{ name: A, valueFrom: { configMapKeyRef: { name: app, key: level } } }]'
    expect(() => environment(fields, { ...objects, configMap: { app: {} } })).toThrow(
      'A: no key "level" in configMap "app"',
    )
  })

  it('lets a value refer to those before it', () => {
    expect(
      environment('env: [{ name: B, value: "$(A)" }, { name: A, value: x }, { name: C, value: "$(A)/$(A)" }]'),
    ).toEqual({
      B: '$(A)',
      A: 'x',
      C: 'x/x',
    })
  })
})

describe('$(NAME)', () => {
  it.each([
    ['plain', 'plain'],
    ['$(A)', 'x'],
    ['a$(A)b$(B)c', 'axbyc'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$x'],
    ['$(NONE)', '$(NONE)'],
    ['$A $', '$A $'],
    ['$(A', '$(A'],
  ])('%s becomes %s', (text, expected) => {
    expect(expand(text, { A: 'x', B: 'y' })).toBe(expected)
  })
})
