/**
 * What runs the containers of one Pod. The runner decides what happens and when; a driver only starts,
 * signals and watches: `process` with plain child processes, `docker` with containers. One suite of cases
 * (`contract.case.ts`) holds both to the same behaviour.
 */
import type { ContainerSpec, PodSpec } from '../manifest/pod-manifest.ts'

export interface Driver {
  readonly name: 'process' | 'docker'
  /** What this driver does otherwise than a cluster for this Pod, one line each; printed before the start. */
  deviations(pod: PodSpec): readonly string[]
  /**
   * Sets up what all containers of the Pod share.
   * @param volumes the directory of each volume, by its name
   * @throws when the machine cannot run it, saying what is missing
   */
  openSandbox(pod: PodSpec, volumes: ReadonlyMap<string, string>): Promise<Sandbox>
}

/** The shared part of a running Pod: its address and its containers. Whoever opened it closes it. */
export interface Sandbox {
  /** The address at which probes and `status.podIP` find the Pod. */
  readonly podIp: string
  /** The text of a projected file as the containers have to find it; the same text where volumes are mounted. */
  adaptText(volume: string, text: string): string
  /** Starts one container; resolves when its program runs. @throws StartError when it cannot be started */
  start(launch: Launch): Promise<RunningContainer>
  /** Where this machine reaches a port of the Pod. @throws when the port is not declared in the manifest */
  address(containerPort: number): Promise<{ readonly host: string; readonly port: number }>
  /** Kills what still runs and takes away what the sandbox made. Never throws for what is gone already. */
  close(): Promise<void>
}

/** One start of one container, every reference resolved. */
export interface Launch {
  readonly container: ContainerSpec
  /** 0 for the first start, then 1, 2 .. for restarts. */
  readonly run: number
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  /** Receives stdout and stderr line by line, without the line end. */
  readonly onLine: (line: string) => void
}

/** A directory or file of this machine at a place in the container. */
export interface Mount {
  readonly hostPath: string
  readonly mountPath: string
  readonly readOnly: boolean
}

export interface RunningContainer {
  /** Resolves once, when the program has ended and its output was read to the end. */
  readonly exited: Promise<Exit>
  /** The signal that asks this container to end: the manifest's, the image's or SIGTERM. */
  readonly stopSignal: string
  /** Does nothing when the container has ended. */
  signal(name: string): void
  /** Runs a program inside the container. @param aborted ends the program and rejects when it aborts */
  exec(command: readonly string[], aborted: AbortSignal): Promise<ExecResult>
}

export interface Exit {
  /** 0..255; 128 + the number of the signal that ended it. */
  readonly exitCode: number
  /** What it left in its terminationMessagePath, where the driver can read that. */
  readonly message?: string
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A container that could not be started: unknown image, missing program. The Pod retries it with back-off. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
