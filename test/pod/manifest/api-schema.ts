/**
 * The part of the Kubernetes API that the runner understands, as schemas. A key that no schema names is not an
 * error: it becomes one line of what is not imitated, so that nothing is skipped in silence. Keys listed as
 * harmless ask for nothing that one Pod on one machine could do otherwise.
 */
import * as v from 'valibot'
import { labelPattern, labelRule } from './object-name.ts'

/** Marks an issue as "not imitated" rather than as a mistake. */
export const notImitated = 'is not imitated'

/** An object that may hold keys beyond those the runner understands. */
function api<const Entries extends v.ObjectEntries>(entries: Entries, harmless: readonly string[] = []) {
  return v.pipe(
    v.looseObject(entries),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const input: Record<string, unknown> = dataset.value
      for (const [key, value] of Object.entries(input)) {
        if (key in entries || harmless.includes(key) || asksForNothing(value)) continue
        addIssue({ message: notImitated, path: [{ type: 'object', origin: 'key', input, key, value }] })
      }
    }),
  )
}

function asksForNothing(value: unknown): boolean {
  if (value === null || value === false || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

const text = v.string()
const label = v.pipe(text, v.regex(labelPattern, `expected a name of ${labelRule}`))
const flag = v.boolean()
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const positive = v.pipe(v.number(), v.integer(), v.minValue(1))
const strings = v.array(text)
const stringMap = v.record(text, text)
const quantities = v.record(text, v.union([text, v.number()]))
const port = v.union([v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), text])
const optional = <Schema extends v.GenericSchema>(schema: Schema) => v.optional(schema)

/** What a client or the API server fills in. */
const bookkeeping = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'ownerReferences',
  'generateName',
]

const metadata = api(
  {
    name: optional(text),
    namespace: optional(text),
    labels: v.optional(stringMap, {}),
    annotations: v.optional(stringMap, {}),
  },
  bookkeeping,
)

const httpGet = api({
  path: v.optional(text, '/'),
  port,
  host: optional(text),
  scheme: v.optional(v.picklist(['HTTP', 'HTTPS']), 'HTTP'),
  httpHeaders: v.optional(v.array(api({ name: text, value: text })), []),
})
const tcpSocket = api({ port, host: optional(text) })
const exec = api({ command: v.pipe(strings, v.minLength(1)) })

const probe = api({
  httpGet: optional(httpGet),
  tcpSocket: optional(tcpSocket),
  exec: optional(exec),
  grpc: optional(v.unknown()),
  initialDelaySeconds: v.optional(count, 0),
  periodSeconds: v.optional(positive, 10),
  timeoutSeconds: v.optional(positive, 1),
  successThreshold: v.optional(positive, 1),
  failureThreshold: v.optional(positive, 3),
  terminationGracePeriodSeconds: optional(positive),
})

const hook = api({
  exec: optional(exec),
  httpGet: optional(httpGet),
  sleep: optional(api({ seconds: count })),
  tcpSocket: optional(v.unknown()),
})

const lifecycle = api({ postStart: optional(hook), preStop: optional(hook), stopSignal: optional(text) })

const keyRef = api({ name: text, key: text, optional: v.optional(flag, false) })
const fieldRef = api({ fieldPath: text }, ['apiVersion'])
const resourceFieldRef = api({
  containerName: optional(text),
  resource: text,
  divisor: v.optional(v.union([text, v.number()]), '1'),
})

const envVar = api({
  name: text,
  value: optional(text),
  valueFrom: optional(
    api({
      configMapKeyRef: optional(keyRef),
      secretKeyRef: optional(keyRef),
      fieldRef: optional(fieldRef),
      resourceFieldRef: optional(resourceFieldRef),
    }),
  ),
})

const objectRef = api({ name: text, optional: v.optional(flag, false) })
const envFrom = api({ prefix: v.optional(text, ''), configMapRef: optional(objectRef), secretRef: optional(objectRef) })

const seccompProfile = api({ type: v.picklist(['RuntimeDefault']) })

const containerSecurity = api(
  {
    runAsUser: optional(count),
    runAsGroup: optional(count),
    runAsNonRoot: optional(flag),
    readOnlyRootFilesystem: v.optional(flag, false),
    allowPrivilegeEscalation: v.optional(flag, true),
    capabilities: v.optional(api({ add: v.optional(strings, []), drop: v.optional(strings, []) }), {}),
    seccompProfile: optional(seccompProfile),
  },
  [],
)

const containerKeys = {
  name: label,
  image: v.pipe(text, v.minLength(1)),
  command: optional(strings),
  args: optional(strings),
  workingDir: optional(text),
  envFrom: v.optional(v.array(envFrom), []),
  env: v.optional(v.array(envVar), []),
  ports: v.optional(
    v.array(
      api(
        { name: optional(text), containerPort: positive, protocol: v.optional(v.picklist(['TCP', 'UDP']), 'TCP') },
        [],
      ),
    ),
    [],
  ),
  volumeMounts: v.optional(
    v.array(api({ name: text, mountPath: text, subPath: optional(text), readOnly: v.optional(flag, false) })),
    [],
  ),
  startupProbe: optional(probe),
  readinessProbe: optional(probe),
  livenessProbe: optional(probe),
  lifecycle: optional(lifecycle),
  resources: v.optional(api({ requests: v.optional(quantities, {}), limits: v.optional(quantities, {}) }), {}),
  securityContext: v.optional(containerSecurity, {}),
  terminationMessagePath: v.optional(text, '/dev/termination-log'),
  terminationMessagePolicy: v.optional(v.picklist(['File', 'FallbackToLogsOnError']), 'File'),
}

const harmlessInContainer = ['imagePullPolicy', 'stdin', 'tty']
const container = api(containerKeys, harmlessInContainer)

const initContainer = api({ ...containerKeys, restartPolicy: optional(v.picklist(['Always'])) }, harmlessInContainer)

const keyToPath = api({ key: text, path: text, mode: optional(count) })
const configMapSource = { name: text, items: optional(v.array(keyToPath)), optional: v.optional(flag, false) }
const downwardItem = api({
  path: text,
  fieldRef: optional(fieldRef),
  resourceFieldRef: optional(resourceFieldRef),
  mode: optional(count),
})
const downwardItems = v.optional(v.array(downwardItem), [])

const volume = api({
  name: label,
  emptyDir: optional(api({})),
  hostPath: optional(api({ path: text }, ['type'])),
  configMap: optional(api({ ...configMapSource, defaultMode: optional(count) })),
  secret: optional(
    api({
      secretName: text,
      items: configMapSource.items,
      optional: configMapSource.optional,
      defaultMode: optional(count),
    }),
  ),
  downwardAPI: optional(api({ items: downwardItems, defaultMode: optional(count) })),
  projected: optional(
    api({
      defaultMode: optional(count),
      sources: v.optional(
        v.array(
          api({
            configMap: optional(api(configMapSource)),
            secret: optional(api(configMapSource)),
            downwardAPI: optional(api({ items: downwardItems })),
          }),
        ),
        [],
      ),
    }),
  ),
})

const podSecurity = api(
  {
    runAsUser: optional(count),
    runAsGroup: optional(count),
    runAsNonRoot: optional(flag),
    fsGroup: optional(count),
    seccompProfile: optional(seccompProfile),
  },
  ['fsGroupChangePolicy'],
)

const podSpec = api(
  {
    initContainers: v.optional(v.array(initContainer), []),
    containers: v.pipe(v.array(container), v.minLength(1, 'expected at least one container')),
    volumes: v.optional(v.array(volume), []),
    restartPolicy: optional(v.picklist(['Always', 'OnFailure', 'Never'])),
    terminationGracePeriodSeconds: v.optional(count, 30),
    activeDeadlineSeconds: optional(positive),
    shareProcessNamespace: v.optional(flag, false),
    securityContext: v.optional(podSecurity, {}),
    serviceAccountName: v.optional(text, 'default'),
    hostname: optional(label),
    hostAliases: v.optional(v.array(api({ ip: text, hostnames: strings })), []),
    automountServiceAccountToken: optional(flag),
  },
  ['schedulerName', 'dnsPolicy', 'enableServiceLinks', 'serviceAccount', 'preemptionPolicy'],
)

/** A Pod, and what a workload makes Pods from. */
export const podTemplate = api({ metadata: v.optional(metadata, {}), spec: podSpec }, ['apiVersion', 'kind', 'status'])

const replicas = optional(count)
const ofWorkload = ['selector', 'strategy', 'updateStrategy', 'revisionHistoryLimit', 'minReadySeconds', 'serviceName']

export const deployment = api({ metadata, spec: api({ replicas, template: podTemplate }, ofWorkload) }, [
  'apiVersion',
  'kind',
  'status',
])

export const job = api(
  {
    metadata,
    spec: api(
      {
        backoffLimit: v.optional(count, 6),
        activeDeadlineSeconds: optional(positive),
        completions: optional(count),
        parallelism: optional(count),
        template: podTemplate,
      },
      ['ttlSecondsAfterFinished', 'suspend', 'completionMode'],
    ),
  },
  ['apiVersion', 'kind', 'status'],
)

export const configMap = api({ metadata, data: v.optional(stringMap, {}), binaryData: v.optional(stringMap, {}) }, [
  'apiVersion',
  'kind',
  'immutable',
])

export const secret = api({ metadata, data: v.optional(stringMap, {}), stringData: v.optional(stringMap, {}) }, [
  'apiVersion',
  'kind',
  'immutable',
  'type',
])

/** What every document begins with. */
export const typeMeta = v.looseObject({ kind: text, metadata: v.optional(v.looseObject({ name: optional(text) }), {}) })

export type PodTemplate = v.InferOutput<typeof podTemplate>
export type ApiPodSpec = PodTemplate['spec']
export type ApiContainer = ApiPodSpec['containers'][number]
export type ApiInitContainer = ApiPodSpec['initContainers'][number]
export type ApiProbe = v.InferOutput<typeof probe>
export type ApiHook = v.InferOutput<typeof hook>
export type ApiEnvVar = v.InferOutput<typeof envVar>
export type ApiResourceFieldRef = v.InferOutput<typeof resourceFieldRef>
export type ApiVolume = v.InferOutput<typeof volume>
