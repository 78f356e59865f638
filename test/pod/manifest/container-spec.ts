/** One container, from the API's form to the runner's, with the rules that depend on its role (S1). */
import type { ApiContainer, ApiEnvVar, ApiInitContainer, ApiPodSpec, ApiResourceFieldRef } from './api-schema.ts'
import type {
  ContainerPort,
  ContainerSecurity,
  ContainerSpec,
  EnvFrom,
  EnvSource,
  EnvVar,
  ResourceField,
  Role,
  VolumeMount,
} from './pod-manifest.ts'
import { readHook, readProbe, requireSingleSuccess } from './probe-spec.ts'
import type { Spot } from './reading.ts'

/** What a container may refer to. */
export interface Surroundings {
  readonly podSecurity: ApiPodSpec['securityContext']
  readonly terminationGracePeriodSeconds: number
  readonly volumes: readonly string[]
  /** Takes it down as a problem when the object or the key does not stand in the files. @returns whether it does */
  readonly requireObject: (ref: ObjectRef, spot: Spot) => boolean
}

export interface ObjectRef {
  readonly kind: 'configMap' | 'secret'
  readonly name: string
  readonly key?: string
}

type AnyContainer = ApiContainer & Partial<Pick<ApiInitContainer, 'restartPolicy'>>

export function readContainer(api: AnyContainer, isInit: boolean, around: Surroundings, spot: Spot): ContainerSpec {
  const role: Role = isInit ? (api.restartPolicy === 'Always' ? 'sidecar' : 'init') : 'app'
  const ports = api.ports.map(readPort)
  if (role === 'init') forbidProbesAndHooks(api, spot)
  return {
    name: api.name,
    role,
    image: api.image,
    ...(api.command !== undefined && { command: api.command }),
    ...(api.args !== undefined && { args: api.args }),
    ...(api.workingDir !== undefined && { workingDir: api.workingDir }),
    envFrom: readEnvFrom(api, around, spot.at('envFrom')),
    env: api.env.flatMap((each, at) => readEnvVar(each, around, spot.at('env', at)) ?? []),
    ports,
    volumeMounts: api.volumeMounts.map((each, at) => readMount(each, around, spot.at('volumeMounts', at))),
    ...readProbes(api, ports, spot),
    ...readHooks(api, ports, around, spot.at('lifecycle')),
    ...(api.lifecycle?.stopSignal !== undefined && { stopSignal: api.lifecycle.stopSignal }),
    resources: { requests: asStrings(api.resources.requests), limits: asStrings(api.resources.limits) },
    security: readSecurity(api, around.podSecurity),
    terminationMessagePath: api.terminationMessagePath,
    terminationMessagePolicy: api.terminationMessagePolicy,
  }
}

function readPort({ name, containerPort, protocol }: ApiContainer['ports'][number]): ContainerPort {
  return { ...(name !== undefined && { name }), containerPort, protocol }
}

/** S1: a plain init container ends before anybody could ask it anything. */
function forbidProbesAndHooks(api: AnyContainer, spot: Spot): void {
  for (const key of ['startupProbe', 'readinessProbe', 'livenessProbe', 'lifecycle'] as const) {
    if (api[key] === undefined) continue
    spot
      .at(key)
      .problem(
        'expected nothing in a plain init container; with "restartPolicy: Always" it is a sidecar and may have it',
      )
  }
}

function readProbes(api: AnyContainer, ports: readonly ContainerPort[], spot: Spot) {
  const { startupProbe: startup, readinessProbe: readiness, livenessProbe: liveness } = api
  if (startup !== undefined) requireSingleSuccess(startup, spot.at('startupProbe'))
  if (liveness !== undefined) requireSingleSuccess(liveness, spot.at('livenessProbe'))
  const startupProbe = startup && readProbe(startup, ports, spot.at('startupProbe'))
  const readinessProbe = readiness && readProbe(readiness, ports, spot.at('readinessProbe'))
  const livenessProbe = liveness && readProbe(liveness, ports, spot.at('livenessProbe'))
  return {
    ...(startupProbe && { startupProbe }),
    ...(readinessProbe && { readinessProbe }),
    ...(livenessProbe && { livenessProbe }),
  }
}

function readHooks(api: AnyContainer, ports: readonly ContainerPort[], around: Surroundings, spot: Spot) {
  const { postStart: after, preStop: before } = api.lifecycle ?? {}
  const postStart = after && readHook(after, ports, spot.at('postStart'))
  const preStop = before && readHook(before, ports, spot.at('preStop'))
  const graceSeconds = around.terminationGracePeriodSeconds
  if (before?.sleep !== undefined && before.sleep.seconds > graceSeconds) {
    spot
      .at('preStop', 'sleep')
      .problem(`expected at most terminationGracePeriodSeconds (${graceSeconds}), found ${before.sleep.seconds}`)
  }
  return { ...(postStart && { postStart }), ...(preStop && { preStop }) }
}

function readEnvFrom(api: AnyContainer, around: Surroundings, spot: Spot): EnvFrom[] {
  return api.envFrom.flatMap(({ prefix, configMapRef, secretRef }, at) => {
    const kind = configMapRef === undefined ? 'secret' : 'configMap'
    const ref = configMapRef ?? secretRef
    if (ref === undefined) {
      spot.at(at).problem('expected configMapRef or secretRef, found neither')
      return []
    }
    if (!ref.optional) around.requireObject({ kind, name: ref.name }, spot.at(at))
    return [{ kind, name: ref.name, optional: ref.optional, prefix }]
  })
}

function readEnvVar(api: ApiEnvVar, around: Surroundings, spot: Spot): EnvVar | undefined {
  const source = readEnvSource(api, around, spot)
  return source && { name: api.name, source }
}

function readEnvSource({ value, valueFrom }: ApiEnvVar, around: Surroundings, spot: Spot): EnvSource | undefined {
  if (valueFrom === undefined) return { from: 'value', value: value ?? '' }
  if (valueFrom.fieldRef !== undefined) return { from: 'field', path: valueFrom.fieldRef.fieldPath }
  if (valueFrom.resourceFieldRef !== undefined) return readResourceField(valueFrom.resourceFieldRef)
  const kind = valueFrom.configMapKeyRef === undefined ? 'secret' : 'configMap'
  const ref = valueFrom.configMapKeyRef ?? valueFrom.secretKeyRef
  if (ref === undefined) {
    spot.at('valueFrom').problem('expected configMapKeyRef, secretKeyRef, fieldRef or resourceFieldRef, found none')
    return undefined
  }
  if (!ref.optional) around.requireObject({ kind, name: ref.name, key: ref.key }, spot.at('valueFrom'))
  return { from: kind, name: ref.name, key: ref.key, optional: ref.optional }
}

export function readResourceField({ containerName, resource, divisor }: ApiResourceFieldRef): ResourceField {
  return {
    from: 'resource',
    ...(containerName !== undefined && { container: containerName }),
    resource,
    divisor: String(divisor),
  }
}

function readMount(api: ApiContainer['volumeMounts'][number], around: Surroundings, spot: Spot): VolumeMount {
  if (!around.volumes.includes(api.name)) {
    spot
      .at('name')
      .problem(`expected a volume of the Pod (${around.volumes.join(', ') || 'it has none'}), found "${api.name}"`)
  }
  if (!api.mountPath.startsWith('/'))
    spot.at('mountPath').problem(`expected an absolute path, found "${api.mountPath}"`)
  if (api.subPath?.startsWith('/') || api.subPath?.split('/').includes('..')) {
    spot.at('subPath').problem(`expected a path inside the volume, found "${api.subPath}"`)
  }
  const { name: volume, mountPath, readOnly } = api
  return { volume, mountPath, readOnly, ...(api.subPath !== undefined && { subPath: api.subPath }) }
}

function asStrings(quantities: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]))
}

function readSecurity({ securityContext: own }: AnyContainer, pod: ApiPodSpec['securityContext']): ContainerSecurity {
  const runAsUser = own.runAsUser ?? pod.runAsUser
  const runAsGroup = own.runAsGroup ?? pod.runAsGroup
  return {
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    runAsNonRoot: own.runAsNonRoot ?? pod.runAsNonRoot ?? false,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem,
    allowPrivilegeEscalation: own.allowPrivilegeEscalation,
    addCapabilities: own.capabilities.add,
    dropCapabilities: own.capabilities.drop,
  }
}
