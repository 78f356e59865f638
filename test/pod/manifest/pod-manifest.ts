/**
 * A Pod as the runner knows it: the manifest after it was checked, with every default of Kubernetes filled
 * in and every reference resolvable. Field names are those of the Kubernetes API; times are milliseconds.
 */

/** One Pod and the objects beside it in the files. Plain data: a test may change a copy before it starts it. */
export interface PodManifest {
  readonly pod: PodSpec
  readonly configMaps: Readonly<Record<string, VolumeData>>
  readonly secrets: Readonly<Record<string, VolumeData>>
  /** What the files ask for and no driver imitates, one line each, with its place. */
  readonly notImitated: readonly string[]
}

/** File name to content, as in the `data` of a ConfigMap. */
export type VolumeData = Readonly<Record<string, string | Uint8Array>>

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

/**
 * What an entry is: `init` runs to its end before the next entry begins, `sidecar` is an entry of
 * `initContainers` with `restartPolicy: Always`, `app` is an entry of `containers`.
 */
export type Role = 'init' | 'sidecar' | 'app'

export interface PodSpec {
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly serviceAccountName: string
  readonly hostname: string
  readonly restartPolicy: RestartPolicy
  readonly terminationGracePeriodMs: number
  readonly activeDeadlineMs?: number
  /** Present when the Pod belongs to a Job. */
  readonly job?: { readonly backoffLimit: number }
  readonly shareProcessNamespace: boolean
  /** Supplemental group that owns the volumes. */
  readonly fsGroup?: number
  readonly hostAliases: readonly HostAlias[]
  readonly volumes: readonly Volume[]
  /** `initContainers` in their order, then `containers` in theirs. */
  readonly containers: readonly ContainerSpec[]
}

export interface HostAlias {
  readonly ip: string
  readonly hostnames: readonly string[]
}

export interface ContainerSpec {
  readonly name: string
  readonly role: Role
  readonly image: string
  /** In place of the image's ENTRYPOINT. */
  readonly command?: readonly string[]
  /** In place of the image's CMD. */
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly envFrom: readonly EnvFrom[]
  readonly env: readonly EnvVar[]
  readonly ports: readonly ContainerPort[]
  readonly volumeMounts: readonly VolumeMount[]
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly postStart?: Hook
  readonly preStop?: Hook
  /** Signal that asks the container to end; without it the image's own, or SIGTERM. */
  readonly stopSignal?: string
  readonly resources: Resources
  readonly security: ContainerSecurity
  /** A file whose end tells how the container ended; in the timeline where the driver can read it. */
  readonly terminationMessagePath: string
  /** Whether the end of the log stands in for an empty file when the container failed. */
  readonly terminationMessagePolicy: 'File' | 'FallbackToLogsOnError'
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol: 'TCP' | 'UDP'
}

export interface EnvFrom {
  readonly kind: 'configMap' | 'secret'
  readonly name: string
  readonly optional: boolean
  readonly prefix: string
}

export interface EnvVar {
  readonly name: string
  readonly source: EnvSource
}

export type EnvSource =
  | { readonly from: 'value'; readonly value: string }
  | { readonly from: 'configMap' | 'secret'; readonly name: string; readonly key: string; readonly optional: boolean }
  | { readonly from: 'field'; readonly path: string }
  | ResourceField

export interface ResourceField {
  readonly from: 'resource'
  readonly container?: string
  readonly resource: string
  /** `1` gives cores rounded up or bytes; `1m` and `1Mi` give those units. */
  readonly divisor: string
}

/** Quantities as written in the manifest (`128Mi`, `20m`). */
export interface Resources {
  readonly requests: Readonly<Record<string, string>>
  readonly limits: Readonly<Record<string, string>>
}

/** The container's security context with the Pod's as its default. */
export interface ContainerSecurity {
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly runAsNonRoot: boolean
  readonly readOnlyRootFilesystem: boolean
  readonly allowPrivilegeEscalation: boolean
  readonly dropCapabilities: readonly string[]
  readonly addCapabilities: readonly string[]
}

export interface VolumeMount {
  readonly volume: string
  readonly mountPath: string
  /** A file or directory inside the volume. A mounted one never sees an update of its ConfigMap. */
  readonly subPath?: string
  readonly readOnly: boolean
}

export type Volume =
  | { readonly kind: 'emptyDir'; readonly name: string }
  | { readonly kind: 'hostPath'; readonly name: string; readonly path: string }
  /** configMap, secret and downwardAPI volumes are projected volumes with one source. */
  | {
      readonly kind: 'projected'
      readonly name: string
      readonly mode: number
      readonly sources: readonly Projection[]
    }

export type Projection =
  | {
      readonly from: 'configMap' | 'secret'
      readonly name: string
      readonly optional: boolean
      /** Chosen keys and their file names; without it every key under its own name. */
      readonly items?: readonly ProjectedKey[]
    }
  | { readonly from: 'downwardAPI'; readonly items: readonly ProjectedField[] }

export interface ProjectedKey {
  readonly key: string
  readonly path: string
}

export interface ProjectedField {
  readonly path: string
  readonly source: { readonly from: 'field'; readonly path: string } | ResourceField
}

export interface Probe {
  readonly check: Check
  readonly initialDelayMs: number
  readonly periodMs: number
  readonly timeoutMs: number
  readonly successThreshold: number
  readonly failureThreshold: number
  /** In place of the Pod's grace period when this probe has the container killed. */
  readonly terminationGracePeriodMs?: number
}

export type Check = HttpGet | TcpSocket | Exec

/** What a hook does; `sleep` ends of its own accord, the others when the container has answered. */
export type Hook = HttpGet | TcpSocket | Exec | { readonly kind: 'sleep'; readonly ms: number }

export interface HttpGet {
  readonly kind: 'httpGet'
  readonly scheme: 'http' | 'https'
  /** Without it the Pod's own address. */
  readonly host?: string
  readonly port: number
  readonly path: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
}

export interface TcpSocket {
  readonly kind: 'tcpSocket'
  readonly host?: string
  readonly port: number
}

export interface Exec {
  readonly kind: 'exec'
  readonly command: readonly string[]
}
