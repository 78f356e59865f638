/**
 * From files as `kubectl apply` takes them to the one Pod that is run: finds the workload, takes its Pod
 * template, and keeps the ConfigMaps and Secrets beside it. Every mistake is told at once.
 */
import { configMap, deployment, job, type PodTemplate, podTemplate, secret, typeMeta } from './api-schema.ts'
import { type ObjectRef, readContainer, type Surroundings } from './container-spec.ts'
import { hostnameOf, isObjectName, objectNameRule } from './object-name.ts'
import { type ApiDocument, ManifestError, type ManifestFile, readDocuments } from './place.ts'
import type { ContainerSpec, PodManifest, PodSpec, RestartPolicy, VolumeData } from './pod-manifest.ts'
import { type Findings, Spot } from './reading.ts'
import { readVolume } from './volume-spec.ts'

export interface ReadOptions {
  /** Name of the workload to run, where the files hold several. */
  readonly workload?: string
}

type WorkloadKind = 'Pod' | 'Deployment' | 'StatefulSet' | 'Job'
const workloadKinds: readonly string[] = ['Pod', 'Deployment', 'StatefulSet', 'Job'] satisfies WorkloadKind[]

interface NamedDocument {
  readonly kind: string
  readonly name: string
  readonly document: ApiDocument
}

/** @throws ManifestError, whose `problems` are one line each, with file, line and column */
export function readManifest(files: readonly ManifestFile[], { workload }: ReadOptions = {}): PodManifest {
  const findings: Findings = { problems: [], notImitated: [] }
  const documents = files.flatMap(readDocuments).flatMap((document) => nameDocument(document, findings) ?? [])
  stopAtProblems(findings)

  const chosen = chooseWorkload(documents, workload)
  const configMaps = readObjects(documents, 'ConfigMap', findings)
  const secrets = readObjects(documents, 'Secret', findings)
  noteOthers(documents, findings)
  const pod = readWorkload(chosen, { configMap: configMaps, secret: secrets }, findings)
  stopAtProblems(findings)
  if (pod === undefined) throw new ManifestError([`${chosen.kind}/${chosen.name} could not be read`])
  return { pod, configMaps, secrets, notImitated: findings.notImitated }
}

function stopAtProblems({ problems }: Findings): void {
  if (problems.length > 0) throw new ManifestError(problems)
}

function nameDocument(document: ApiDocument, findings: Findings): NamedDocument | undefined {
  const spot = new Spot(document, findings)
  const read = spot.check(typeMeta)
  if (read === undefined) return undefined
  const { kind, metadata } = read
  if ([...workloadKinds, 'ConfigMap', 'Secret'].includes(kind))
    requireObjectName(metadata.name, spot.at('metadata', 'name'))
  return { kind, name: metadata.name ?? '', document }
}

function requireObjectName(name: string | undefined, spot: Spot): void {
  if (name !== undefined && isObjectName(name)) return
  spot.problem(`expected a name of ${objectNameRule}, found ${name === undefined ? 'nothing' : JSON.stringify(name)}`)
}

function chooseWorkload(documents: readonly NamedDocument[], wanted: string | undefined): NamedDocument {
  const workloads = documents.filter(({ kind }) => workloadKinds.includes(kind))
  const fitting = workloads.filter(({ name }) => wanted === undefined || name === wanted)
  const [chosen, another] = fitting
  const found = workloads.map(({ kind, name }) => `${kind}/${name}`).join(', ') || 'none'
  if (chosen === undefined)
    throw new ManifestError([
      `expected a ${workloadKinds.join(', ')}${wanted ? ` named "${wanted}"` : ''}, found ${found}`,
    ])
  if (another !== undefined) throw new ManifestError([`expected one workload, found ${found}; say which one to run`])
  return chosen
}

/** Data of every ConfigMap or Secret by its name. */
function readObjects(documents: readonly NamedDocument[], kind: 'ConfigMap' | 'Secret', findings: Findings) {
  const objects: Record<string, VolumeData> = {}
  for (const { name, document } of documents.filter((each) => each.kind === kind)) {
    objects[name] = kind === 'ConfigMap' ? readConfigMap(document, findings) : readSecret(document, findings)
  }
  return objects
}

function readConfigMap(document: ApiDocument, findings: Findings): VolumeData {
  const read = new Spot(document, findings).check(configMap)
  return { ...read?.data, ...decode(read?.binaryData ?? {}) }
}

function readSecret(document: ApiDocument, findings: Findings): VolumeData {
  const read = new Spot(document, findings).check(secret)
  return { ...decode(read?.data ?? {}), ...read?.stringData }
}

function decode(data: Readonly<Record<string, string>>): VolumeData {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, new Uint8Array(Buffer.from(text, 'base64'))]),
  )
}

function noteOthers(documents: readonly NamedDocument[], findings: Findings): void {
  for (const { kind, name, document } of documents) {
    if ([...workloadKinds, 'ConfigMap', 'Secret'].includes(kind)) continue
    const meaning = kind === 'Service' ? 'nothing resolves its name or forwards its ports' : ''
    findings.notImitated.push(`${document.place(['kind'])} ${kind}/${name} is not imitated${meaning && `: ${meaning}`}`)
  }
}

type Objects = Readonly<Record<'configMap' | 'secret', Readonly<Record<string, VolumeData>>>>

/** The template, its place, and what the kind of workload adds. */
function readWorkload(
  { kind, name, document }: NamedDocument,
  objects: Objects,
  findings: Findings,
): PodSpec | undefined {
  const spot = new Spot(document, findings)
  switch (kind as WorkloadKind) {
    case 'Pod': {
      const read = spot.check(podTemplate)
      return read && readPod(read, { name, policies: ['Always', 'OnFailure', 'Never'] }, objects, spot)
    }
    case 'Deployment':
    case 'StatefulSet': {
      const read = spot.check(deployment)
      if (read === undefined) return undefined
      if ((read.spec.replicas ?? 1) !== 1) spot.at('spec', 'replicas').leftOut('one Pod is run')
      const podName = kind === 'StatefulSet' ? `${name}-0` : `${name}-local`
      return readPod(read.spec.template, { name: podName, policies: ['Always'] }, objects, spot.at('spec', 'template'))
    }
    case 'Job': {
      const read = spot.check(job)
      if (read === undefined) return undefined
      const { backoffLimit, activeDeadlineSeconds, completions = 1, parallelism = 1, template } = read.spec
      if (completions !== 1) spot.at('spec', 'completions').leftOut('one Pod is run')
      if (parallelism !== 1) spot.at('spec', 'parallelism').leftOut('one Pod is run')
      const pod = readPod(
        template,
        { name: `${name}-local`, policies: ['OnFailure', 'Never'] },
        objects,
        spot.at('spec', 'template'),
      )
      const deadlines = [pod.activeDeadlineMs, activeDeadlineSeconds && activeDeadlineSeconds * 1000].filter(
        (ms) => ms !== undefined,
      )
      return {
        ...pod,
        job: { backoffLimit },
        ...(deadlines.length > 0 && { activeDeadlineMs: Math.min(...deadlines) }),
      }
    }
  }
}

interface OfKind {
  readonly name: string
  /** The first is the default. */
  readonly policies: readonly RestartPolicy[]
}

function readPod(template: PodTemplate, { name, policies }: OfKind, objects: Objects, spot: Spot): PodSpec {
  const { metadata, spec } = template
  const inSpec = spot.at('spec')
  const restartPolicy = spec.restartPolicy ?? 'Always'
  if (!policies.includes(restartPolicy)) {
    const found = spec.restartPolicy === undefined ? 'nothing' : `"${spec.restartPolicy}"`
    inSpec.at('restartPolicy').problem(`expected ${policies.join(' or ')} for this kind of workload, found ${found}`)
  }
  const around: Surroundings = {
    podSecurity: spec.securityContext,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    volumes: spec.volumes.map((volume) => volume.name),
    requireObject: (ref, at) => requireObject(objects, ref, at),
  }
  const containers = [
    ...spec.initContainers.map((each, at) => readContainer(each, true, around, inSpec.at('initContainers', at))),
    ...spec.containers.map((each, at) => readContainer(each, false, around, inSpec.at('containers', at))),
  ]
  requireUniqueNames(containers, inSpec)
  return {
    name,
    namespace: metadata.namespace ?? 'default',
    labels: metadata.labels,
    annotations: metadata.annotations,
    serviceAccountName: spec.serviceAccountName,
    hostname: spec.hostname ?? hostnameOf(name),
    restartPolicy,
    terminationGracePeriodMs: spec.terminationGracePeriodSeconds * 1000,
    ...(spec.activeDeadlineSeconds !== undefined && { activeDeadlineMs: spec.activeDeadlineSeconds * 1000 }),
    shareProcessNamespace: spec.shareProcessNamespace,
    ...(spec.securityContext.fsGroup !== undefined && { fsGroup: spec.securityContext.fsGroup }),
    hostAliases: spec.hostAliases,
    volumes: spec.volumes.map((each, at) => readVolume(each, around, inSpec.at('volumes', at))),
    containers,
  }
}

function requireObject(objects: Objects, { kind, name, key }: ObjectRef, spot: Spot): boolean {
  const object = objects[kind][name]
  const title = kind === 'configMap' ? 'ConfigMap' : 'Secret'
  if (object === undefined) {
    spot.problem(`expected a ${title} "${name}" in the files, found none; add its file, or mark the reference optional`)
    return false
  }
  if (key === undefined || key in object) return true
  spot.problem(`expected the key "${key}" in ${title}/${name}, found ${Object.keys(object).join(', ') || 'no key'}`)
  return false
}

function requireUniqueNames(containers: readonly ContainerSpec[], spot: Spot): void {
  const names = containers.map(({ name }) => name)
  for (const name of new Set(names.filter((each, at) => names.indexOf(each) !== at))) {
    spot.problem(`expected a name of its own for every container, found "${name}" twice`)
  }
}
