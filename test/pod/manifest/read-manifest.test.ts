import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ManifestError } from './place.ts'
import type { PodManifest } from './pod-manifest.ts'
import { readManifest } from './read-manifest.ts'

const read = (text: string): PodManifest => readManifest([{ file: 'pod.yaml', text }])

/** The problems of a Pod whose spec is given, its lines beginning with line 3 of the file. */
function problemsOf(spec: string): readonly string[] {
  return problemsIn(`kind: Pod\nmetadata: { name: web }\n${spec}`)
}

function problemsIn(text: string): readonly string[] {
  try {
    read(text)
  } catch (error) {
    if (error instanceof ManifestError) return error.problems
    throw error
  }
  return []
}

const web = `
kind: Pod
metadata: { name: web }
spec:
  containers: [{ name: web, image: web }]
`

describe('the example Pod', () => {
  const text = readFileSync('k8s/examples/checkout.yaml', 'utf8')
  const manifest = readManifest([{ file: 'checkout.yaml', text }])

  it('S1 reads sidecars from the init list by their restartPolicy', () => {
    expect(manifest.pod.containers.map(({ name, role }) => `${role} ${name}`)).toEqual([
      'init wait',
      'sidecar config-helper',
      'sidecar ambassador',
      'sidecar adapter',
      'app checkout',
    ])
  })

  it('resolves anchors, named ports, defaults and the security context of the Pod', () => {
    expect(manifest.pod.containers.at(-1)).toMatchObject({
      readinessProbe: { check: { kind: 'httpGet', port: 8080, path: '/healthz' }, periodMs: 2000, timeoutMs: 1000 },
      security: { runAsUser: 65_532, runAsNonRoot: true, readOnlyRootFilesystem: true, dropCapabilities: ['ALL'] },
      resources: { requests: { cpu: '20m', memory: '16Mi' } },
    })
  })

  it('names the Service as the one thing that is not imitated', () => {
    expect(manifest.notImitated).toEqual([
      expect.stringMatching(/^checkout\.yaml:\d+:1 Service\/checkout is not imitated: nothing resolves its name/),
    ])
  })
})

describe('a workload', () => {
  const template = (kind: string, policy: string): string => `
kind: ${kind}
metadata: { name: shop }
spec: { template: { spec: { restartPolicy: ${policy}, containers: [{ name: web, image: web }] } } }
`

  it.each([
    ['Deployment', 'Always', 'shop-local'],
    ['StatefulSet', 'Always', 'shop-0'],
    ['Job', 'Never', 'shop-local'],
  ])('%s gives its one Pod the name that fits', (kind, policy, name) => {
    expect(read(template(kind, policy)).pod).toMatchObject({ name, restartPolicy: policy })
  })

  it.each([
    ['Deployment', 'Never', 'expected Always for this kind of workload, found "Never"'],
    ['Job', 'Always', 'expected OnFailure or Never for this kind of workload, found "Always"'],
  ])('%s with restartPolicy %s is refused, as by the API server', (kind, policy, sentence) => {
    expect(problemsIn(template(kind, policy))).toEqual([`pod.yaml:4:29 spec.template.spec.restartPolicy: ${sentence}`])
  })

  it('Job has the shorter of its deadline and that of its Pod', () => {
    const job = read(`
kind: Job
metadata: { name: work }
spec:
  activeDeadlineSeconds: 60
  template: { spec: { activeDeadlineSeconds: 90, restartPolicy: Never, containers: [{ name: work, image: work }] } }
`)
    expect(job.pod).toMatchObject({ activeDeadlineMs: 60_000, job: { backoffLimit: 6 } })
  })

  it('is chosen by name where there are several', () => {
    const two = `${template('Deployment', 'Always')}---${web}`
    expect(problemsIn(two)).toEqual(['expected one workload, found Deployment/shop, Pod/web; say which one to run'])
    expect(readManifest([{ file: 'pod.yaml', text: two }], { workload: 'web' }).pod.name).toBe('web')
  })

  it('is missed where there is none', () => {
    expect(problemsIn('kind: Service\nmetadata: { name: web }')).toEqual([
      'expected a Pod, Deployment, StatefulSet, Job, found none',
    ])
  })
})

describe('ConfigMaps and Secrets', () => {
  it('are read from text and from base64, stringData over data', () => {
    const manifest = read(`${web}---
kind: ConfigMap
metadata: { name: files }
data: { a.txt: hello }
binaryData: { b.bin: AAEC }
---
kind: Secret
metadata: { name: keys }
data: { token: b2xk, user: bWU= }
stringData: { token: new }
`)
    expect(manifest.configMaps.files).toEqual({ 'a.txt': 'hello', 'b.bin': new Uint8Array([0, 1, 2]) })
    expect(manifest.secrets.keys).toEqual({ token: 'new', user: new Uint8Array(Buffer.from('me')) })
  })

  it('may stand in another file', () => {
    const configMap = { file: 'config.yaml', text: 'kind: ConfigMap\nmetadata: { name: app }\ndata: { level: info }' }
    const pod = `
kind: Pod
metadata: { name: web }
spec:
  containers:
    - name: web
      image: web
      env: [{ name: LEVEL, valueFrom: { configMapKeyRef: { name: app, key: level } } }]
`
    const manifest = readManifest([{ file: 'pod.yaml', text: pod }, configMap])
    expect(manifest.pod.containers[0]?.env).toEqual([
      { name: 'LEVEL', source: { from: 'configMap', name: 'app', key: 'level', optional: false } },
    ])
  })
})

describe('YAML', () => {
  it('is read by the rules of kubectl: 0644 is octal', () => {
    const manifest = read(`
kind: Pod
metadata: { name: web }
spec:
  containers: [{ name: web, image: web }]
  volumes: [{ name: files, configMap: { name: none, optional: true, defaultMode: 0440 } }]
`)
    expect(manifest.pod.volumes[0]).toMatchObject({ mode: 0o440 })
  })

  it('with a syntax error is refused with its place', () => {
    expect(problemsIn('kind: Pod\nspec: [')).toEqual([expect.stringMatching(/^pod\.yaml:2:8 .*flow/i)])
  })
})

describe('a mistake', () => {
  it.each([
    [
      'a missing image',
      'spec:\n  containers:\n    - name: web',
      'pod.yaml:5:7 spec.containers[0].image: expected a value, found nothing',
    ],
    [
      'no container at all',
      'spec:\n  containers: []',
      'pod.yaml:4:3 spec.containers: expected at least one container, found an empty list',
    ],
    [
      'a name in capitals',
      'spec:\n  containers: [{ name: Web, image: w }]',
      'pod.yaml:4:18 spec.containers[0].name: expected a name of at most 63 characters, a-z, 0-9 and "-", the first and the last no "-", found "Web"',
    ],
    [
      'a misspelt policy',
      'spec:\n  restartPolicy: always\n  containers: [{ name: web, image: w }]',
      'pod.yaml:4:3 spec.restartPolicy: expected Always, OnFailure or Never, found "always"',
    ],
    ['text for a list', 'spec:\n  containers: web', 'pod.yaml:4:3 spec.containers: expected a list, found "web"'],
    [
      'a list for text',
      'spec:\n  containers: [{ name: web, image: [w] }]',
      'pod.yaml:4:29 spec.containers[0].image: expected text, found a list',
    ],
    [
      'text for a switch',
      'spec:\n  shareProcessNamespace: "yes"\n  containers: [{ name: web, image: w }]',
      'pod.yaml:4:3 spec.shareProcessNamespace: expected true or false, found "yes"',
    ],
    [
      'a fraction of a second',
      'spec:\n  terminationGracePeriodSeconds: 1.5\n  containers: [{ name: web, image: w }]',
      'pod.yaml:4:3 spec.terminationGracePeriodSeconds: expected a whole number, found 1.5',
    ],
    [
      'a time below zero',
      'spec:\n  terminationGracePeriodSeconds: -1\n  containers: [{ name: web, image: w }]',
      'pod.yaml:4:3 spec.terminationGracePeriodSeconds: expected 0 or more, found -1',
    ],
    [
      'a volume that would lie elsewhere',
      'spec:\n  containers: [{ name: web, image: w }]\n  volumes: [{ name: ../../x, emptyDir: {} }]',
      'pod.yaml:5:15 spec.volumes[0].name: expected a name of at most 63 characters, a-z, 0-9 and "-", the first and the last no "-", found "../../x"',
    ],
    [
      'two containers of one name',
      'spec:\n  initContainers: [{ name: web, image: w }]\n  containers: [{ name: web, image: w }]',
      'pod.yaml:3:1 spec: expected a name of its own for every container, found "web" twice',
    ],
    [
      'a mount of no volume',
      'spec:\n  containers: [{ name: web, image: w, volumeMounts: [{ name: data, mountPath: /data }] }]',
      'pod.yaml:4:56 spec.containers[0].volumeMounts[0].name: expected a volume of the Pod (it has none), found "data"',
    ],
    [
      'a ConfigMap that is in no file',
      'spec:\n  containers: [{ name: web, image: w }]\n  volumes: [{ name: app, configMap: { name: app } }]',
      'pod.yaml:5:26 spec.volumes[0].configMap: expected a ConfigMap "app" in the files, found none; add its file, or mark the reference optional',
    ],
    [
      'a port name that no port has',
      'spec:\n  containers: [{ name: web, image: w, ports: [{ name: http, containerPort: 80 }], livenessProbe: { tcpSocket: { port: htp } } }]',
      'pod.yaml:4:113 spec.containers[0].livenessProbe.tcpSocket.port: expected the name of a port of this container (http), found "htp"',
    ],
    [
      'a grpc probe',
      'spec:\n  containers: [{ name: web, image: w, readinessProbe: { grpc: { port: 1 } } }]',
      'pod.yaml:4:57 spec.containers[0].readinessProbe.grpc: expected httpGet, tcpSocket or exec, found grpc, which no driver can ask',
    ],
    [
      'a probe that asks nothing',
      'spec:\n  containers: [{ name: web, image: w, readinessProbe: { periodSeconds: 1 } }]',
      'pod.yaml:4:39 spec.containers[0].readinessProbe: expected one of httpGet, tcpSocket and exec, found 0',
    ],
    [
      'a livenessProbe that needs two successes',
      'spec:\n  containers: [{ name: web, image: w, livenessProbe: { successThreshold: 2, exec: { command: [ok] } } }]',
      'pod.yaml:4:56 spec.containers[0].livenessProbe.successThreshold: expected 1 for a startup or liveness probe, found 2',
    ],
    [
      'a preStop that sleeps longer than the grace',
      'spec:\n  terminationGracePeriodSeconds: 5\n  containers: [{ name: web, image: w, lifecycle: { preStop: { sleep: { seconds: 6 } } } }]',
      'pod.yaml:5:63 spec.containers[0].lifecycle.preStop.sleep: expected at most terminationGracePeriodSeconds (5), found 6',
    ],
    [
      'a hook over tcpSocket',
      'spec:\n  containers: [{ name: web, image: w, lifecycle: { preStop: { tcpSocket: { port: 1 } } } }]',
      'pod.yaml:4:63 spec.containers[0].lifecycle.preStop.tcpSocket: expected exec, httpGet or sleep, found tcpSocket, which fails in every cluster',
    ],
  ])('%s is told with its place, what was expected and what was found', (_mistake, spec, problem) => {
    expect(problemsOf(spec)).toEqual([problem])
  })

  it.each(['startupProbe: { exec: { command: [ok] } }', 'lifecycle: { preStop: { sleep: { seconds: 1 } } }'])(
    'S1 in a plain init container is %s',
    (forbidden) => {
      const problems = problemsOf(`spec:
  initContainers: [{ name: wait, image: w, ${forbidden} }]
  containers: [{ name: web, image: w }]`)
      expect(problems).toEqual([expect.stringContaining('expected nothing in a plain init container')])
    },
  )

  it.each(['../../x', 'Web', 'web.', '-web', 'a'.repeat(254), ''])(
    'the name "%s", which no API server takes, is told before anything is made of it',
    (name) => {
      expect(problemsIn(web.replace('{ name: web }', `{ name: "${name}" }`))).toEqual([
        `pod.yaml:3:13 metadata.name: expected a name of at most 253 characters, a-z, 0-9, "-" and ".", the first and the last a letter or a digit, found "${name}"`,
      ])
    },
  )

  it('no name is told as well', () => {
    expect(problemsIn(web.replace('{ name: web }', '{}'))).toEqual([
      expect.stringContaining('metadata.name: expected a name of at most 253 characters'),
    ])
  })

  it.each(['web', 'shop.web-1', '0', 'a'.repeat(253)])('the name "%s" is none', (name) => {
    expect(read(web.replace('{ name: web }', `{ name: "${name}" }`)).pod).toMatchObject({
      name,
      hostname: name.slice(0, 63),
    })
  })

  it('does not hide the others: all are told at once', () => {
    expect(problemsOf('spec:\n  containers: [{ name: A }, { name: b }]')).toHaveLength(3)
  })
})

describe('what is not imitated', () => {
  it('is told for every key that nothing reads, with its place, unless it asks for nothing', () => {
    const { notImitated } = read(`
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  template:
    spec:
      hostNetwork: true
      hostPID: false
      affinity: { nodeAffinity: {} }
      tolerations: []
      containers:
        - name: web
          image: web
          imagePullPolicy: IfNotPresent
          restartPolicyRules: [{ action: Restart }]
      volumes: [{ name: disk, persistentVolumeClaim: { claimName: disk } }]
`)
    expect(notImitated).toEqual([
      'pod.yaml:16:11 spec.template.spec.containers[0].restartPolicyRules is not imitated',
      'pod.yaml:17:31 spec.template.spec.volumes[0].persistentVolumeClaim is not imitated: the volume is an empty directory',
      'pod.yaml:8:7 spec.template.spec.hostNetwork is not imitated',
      'pod.yaml:10:7 spec.template.spec.affinity is not imitated',
      'pod.yaml:5:3 spec.replicas is not imitated: one Pod is run',
    ])
  })
})
