import { describe, expect, it } from 'vitest'
import { imagesOf, readObjects, withPods, withPullPolicy } from './manifest.ts'

const text = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
---
# nothing here
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  template:
    spec:
      initContainers: [{ name: wait, image: waiter }]
      containers: [{ name: web, image: shop, imagePullPolicy: Always }]
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  jobTemplate:
    spec:
      template:
        spec: { containers: [{ name: report, image: shop }] }
---
apiVersion: v1
kind: Pod
metadata: { name: alone }
spec: { containers: [{ name: only, image: other }] }
`
const objects = readObjects(text, 'shop.yaml')

describe('reading manifests', () => {
  it('takes every document that is an object', () => {
    expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Deployment', 'CronJob', 'Pod'])
  })

  it('takes a List for its items', () => {
    const list =
      'kind: List\nitems: [{ kind: Service, metadata: { name: a } }, { kind: Service, metadata: { name: b } }]'
    expect(readObjects(list, 'list.yaml').map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
  })

  it.each([
    ['no YAML', 'a: [', /^shop\.yaml: .*line 1/s],
    ['a document that is no object', 'just text', /^shop\.yaml: expected Kubernetes objects/],
  ])('names the file for %s', (_what, broken, message) => {
    expect(() => readObjects(broken, 'shop.yaml')).toThrow(message)
  })
})

describe('the Pods in the objects', () => {
  it('are found in whatever makes them, init containers included', () => {
    expect(imagesOf(objects)).toEqual(['waiter', 'shop', 'other'])
  })

  it('get the pull policy in every container', () => {
    const policies: unknown[] = []
    withPods(withPullPolicy(objects, 'Never'), (template) => {
      const all = [...(template.spec.initContainers ?? []), ...template.spec.containers]
      policies.push(...all.map((each) => ('imagePullPolicy' in each ? each.imagePullPolicy : undefined)))
      return template
    })
    expect(policies).toEqual(['Never', 'Never', 'Never', 'Never'])
  })

  it('leave what has none as it is', () => {
    expect(withPullPolicy(objects, 'Never')[0]).toEqual(objects[0])
  })
})
