/** The environment and the command line of a container, with every reference resolved as the kubelet does. */
import type { ContainerSpec, EnvVar, PodSpec, VolumeData } from '../manifest/pod-manifest.ts'
import { fieldValue, type PodFacts, resourceValue } from './downward.ts'
import { StartError } from './driver.ts'

/** ConfigMaps and Secrets as they are at this moment. */
export type Objects = Readonly<Record<'configMap' | 'secret', Readonly<Record<string, VolumeData>>>>

/** A container and all that its references may lead to. */
export interface Surroundings {
  readonly container: ContainerSpec
  readonly pod: PodSpec
  readonly objects: Objects
  readonly facts: PodFacts
}

/** @throws StartError for a reference that leads nowhere, as `CreateContainerConfigError` does in a cluster */
export function resolveEnvironment(around: Surroundings): Record<string, string> {
  const env: Record<string, string> = {}
  for (const { kind, name, prefix, optional } of around.container.envFrom) {
    const data = around.objects[kind][name]
    if (data === undefined && !optional) throw new StartError(`no ${kind} "${name}" for the environment`)
    for (const [key, value] of Object.entries(data ?? {})) env[`${prefix}${key}`] = asText(value)
  }
  for (const variable of around.container.env) {
    const value = resolveVariable(variable, around, env)
    if (value !== undefined) env[variable.name] = value
  }
  return env
}

function resolveVariable(
  { name, source }: EnvVar,
  { container, pod, objects, facts }: Surroundings,
  earlier: Readonly<Record<string, string>>,
): string | undefined {
  switch (source.from) {
    case 'value':
      return expand(source.value, earlier)
    case 'field':
      return required(fieldValue(source.path, pod, facts), `${name}: the downward API has no ${source.path}`)
    case 'resource':
      return required(resourceValue(source, container, pod, facts), `${name}: no resource ${source.resource}`)
    default: {
      const value = objects[source.from][source.name]?.[source.key]
      if (value === undefined && source.optional) return undefined
      return asText(required(value, `${name}: no key "${source.key}" in ${source.from} "${source.name}"`))
    }
  }
}

function required<Value>(value: Value | undefined, message: string): Value {
  if (value === undefined) throw new StartError(message)
  return value
}

function asText(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8')
}

/** `$(NAME)` becomes the value, `$$(NAME)` stays as `$(NAME)`, and an unknown name stays as it is written. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$|\(([^()]*)\))/g, (written, body: string, name: string | undefined) => {
    if (body === '$') return '$'
    return env[name ?? ''] ?? written
  })
}
