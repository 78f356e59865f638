/**
 * What the core needs to know of a Pod: names, roles, policies and times. A `PodSpec` is a `PodPlan`; what
 * a probe asks, what a hook runs and which image it is are no business of the core.
 */
import type { RestartPolicy, Role } from '../manifest/pod-manifest.ts'

export interface PodPlan {
  readonly restartPolicy: RestartPolicy
  readonly terminationGracePeriodMs: number
  readonly activeDeadlineMs?: number
  readonly job?: { readonly backoffLimit: number }
  /** The init list in its order, then the apps in theirs. */
  readonly containers: readonly ContainerPlan[]
}

export interface ContainerPlan {
  readonly name: string
  readonly role: Role
  readonly startupProbe?: ProbePlan
  readonly readinessProbe?: ProbePlan
  readonly livenessProbe?: ProbePlan
  /** Only whether there is one counts here. */
  readonly postStart?: unknown
  readonly preStop?: unknown
}

export interface ProbePlan {
  readonly initialDelayMs: number
  readonly periodMs: number
  readonly successThreshold: number
  readonly failureThreshold: number
  readonly terminationGracePeriodMs?: number
}

/** What is set on the node rather than in the Pod. */
export interface NodeRules {
  /** Ceiling of the restart back-off, as KubeletConfiguration `crashLoopBackOff.maxContainerRestartPeriod`. */
  readonly crashLoopBackOffMaxMs: number
  /**
   * Up to Kubernetes 1.36 the kubelet went on asking the startup and liveness probes of sidecars while the
   * Pod terminated (k/k#141766); nothing is killed for their failure, but it shows.
   */
  readonly probesSidecarsWhileTerminating: boolean
}

/** A kubelet 1.36 with its defaults. */
export const nodeRulesDefault: NodeRules = { crashLoopBackOffMaxMs: 300_000, probesSidecarsWhileTerminating: true }
