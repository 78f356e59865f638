/** The manifests that we ship, as the real Kustomize renders them, against C35-C37 and the level "restricted". */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { kustomize } from '../../../tools/setup/kustomize.ts'
import { hookOffences, orderOffences, type PodSpec, restrictedOffences, startupOffences } from './rules.ts'

interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: { readonly template: { readonly spec: PodSpec } }
}

const deployments = (text: string): Resource[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Resource)
    .filter((resource) => resource?.kind === 'Deployment')

function expectConformant(pod: PodSpec): void {
  expect([startupOffences(pod), orderOffences(pod), hookOffences(pod), restrictedOffences(pod)].flat()).toEqual([])
}

let program: string
beforeAll(async () => {
  program = await kustomize()
}, 600_000)

const render = (folder: string): Resource[] =>
  deployments(execFileSync(program, ['build', folder], { encoding: 'utf8' }))

describe('k8s/examples', () => {
  it('checkout.yaml: the Pod with all four sidecars keeps every rule', () => {
    const [checkout] = deployments(readFileSync('k8s/examples/checkout.yaml', 'utf8'))
    expectConformant(checkout?.spec.template.spec ?? { containers: [] })
    const names = checkout?.spec.template.spec.initContainers?.map(({ name }) => name)
    expect(names).toEqual(['wait', 'config-helper', 'ambassador', 'adapter'])
  })

  it('components: the four components on a Deployment that knew nothing of them', () => {
    const [web] = render('k8s/examples/components')
    const pod = web?.spec.template.spec ?? { containers: [] }
    expectConformant(pod)
    expect(pod.initContainers?.map(({ name }) => name)).toEqual([
      'init-waiter',
      'config-helper',
      'ambassador',
      'adapter',
    ])
  })

  it('components: they add init containers, volumes, mounts and a grace period to the Deployment, and touch nothing else', () => {
    const before = parse(readFileSync('k8s/examples/components/deployment.yaml', 'utf8')) as Resource
    const [after] = render('k8s/examples/components')
    if (after === undefined) throw new Error('the example renders no Deployment')
    const { initContainers, volumes, terminationGracePeriodSeconds, containers, ...pod } = after.spec.template.spec
    const own = containers.map(({ volumeMounts, ...container }) => container)
    const template = { ...after.spec.template, spec: { ...pod, containers: own } }
    expect({ ...after, spec: { ...after.spec, template } }).toEqual(before)
    expect(containers.map(({ volumeMounts }) => volumeMounts?.map(({ mountPath }) => mountPath))).toEqual([
      ['/config', '/var/log/app'],
    ])
  })
})

it('k8s/README.md: the files that it shows add the ambassador to a Deployment, from the registry that it names', () => {
  const shown = [...readFileSync('k8s/README.md', 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
  const [kustomization = '', order = '', images = ''] = shown
  const folder = mkdtempSync(join(tmpdir(), 'podmates-kustomize-'))
  cpSync('k8s/components', join(folder, 'podmates'), { recursive: true })
  cpSync('k8s/examples/components/ambassador.yaml', join(folder, 'ambassador.yaml'))
  writeFileSync(join(folder, 'kustomization.yaml'), kustomization + images)
  writeFileSync(join(folder, 'order.yaml'), order)
  const app = readFileSync('k8s/examples/components/deployment.yaml', 'utf8').replaceAll(/\bweb\b/g, 'shop')
  writeFileSync(join(folder, 'deployment.yaml'), app)

  const [shop] = render(folder)
  expect(shop?.spec.template.spec.initContainers).toMatchObject([
    { name: 'ambassador', image: 'registry.example.com/podmates/ambassador:0.1.0', restartPolicy: 'Always' },
  ])
  expect(shop?.spec.template.spec.volumes).toMatchObject([
    { configMap: { name: expect.stringMatching(/^podmates-ambassador-\w{10}$/) } },
  ])
  rmSync(folder, { recursive: true })
})

it('every component has its own example config among the files of k8s/examples/components', () => {
  const files = readdirSync('k8s/examples/components')
  const missing = readdirSync('k8s/components').filter((name) => !files.includes(`${name}.yaml`))
  expect(missing).toEqual([])
})
