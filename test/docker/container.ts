/**
 * A container with the security context of our manifests, driven through the docker command line: what
 * Testcontainers does not offer (read-only root, signals, exit codes, a real grace period) is all that the
 * conformance checks are about.
 */
import { execFile } from 'node:child_process'
import { ownerLabel, sweepContainers } from './leftovers.ts'
import { ownerOf } from './owner.ts'

/**
 * Marks everything that this process makes, so that it can clean up without touching another run's. What a killed
 * run left behind is taken away by the next one (leftovers.ts).
 */
export const testLabel = 'dev.podmates.test'
const ours = `${testLabel}=${process.pid}`
const ownedByUs = `${ownerLabel}=${ownerOf(process.pid)}`

export interface ContainerOptions {
  readonly image: string
  /** Arguments after the image's entrypoint. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** `docker run --volume` values. */
  readonly volumes?: readonly string[]
  /** Container ports, published to free ports of 127.0.0.1. */
  readonly ports?: readonly number[]
  /** More flags of `docker run`, for the check that needs them. */
  readonly flags?: readonly string[]
}

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Container extends AsyncDisposable {
  readonly id: string
  /** `host:port` at which the container's port answers. */
  address(containerPort: number): Promise<string>
  exec(argv: readonly string[]): Promise<CommandResult>
  kill(signal: string): Promise<void>
  /** SIGTERM, and SIGKILL after `graceSeconds`; resolves with the exit code. */
  stop(graceSeconds: number): Promise<number>
  /** Starts an ended container again, on the same volumes. */
  start(): Promise<void>
  /** Resolves with the exit code when the container has ended. */
  ended(): Promise<number>
  logs(): Promise<{ stdout: string; stderr: string }>
  /** A field of `docker inspect`, as a Go template, for example `{{.State.OOMKilled}}`. */
  inspect(template: string): Promise<string>
}

/** Runs a container as a Pod with the level "restricted" would: read-only root, no capability, no new privilege. */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const flags = [
    ['--label', ours, '--label', ownedByUs, '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...Object.entries(options.env ?? {}).map(([name, value]) => ['--env', `${name}=${value}`]),
    ...(options.volumes ?? []).map((volume) => ['--volume', volume]),
    ...(options.ports ?? []).map((port) => ['--publish', `127.0.0.1::${port}`]),
    options.flags ?? [],
  ].flat()
  const id = (await dockerOrThrow(['run', '--detach', ...flags, options.image, ...(options.args ?? [])])).trim()
  return handleOf(id)
}

function handleOf(id: string): Container {
  return {
    id,
    address: async (port) => {
      const published = await dockerOrThrow(['port', id, `${port}/tcp`])
      return published.split('\n')[0]?.trim() ?? ''
    },
    exec: (argv) => docker(['exec', id, ...argv]),
    kill: async (signal) => {
      await dockerOrThrow(['kill', '--signal', signal, id])
    },
    stop: async (graceSeconds) => {
      await dockerOrThrow(['stop', '--time', String(graceSeconds), id])
      return Number(await dockerOrThrow(['inspect', '--format', '{{.State.ExitCode}}', id]))
    },
    start: async () => {
      await dockerOrThrow(['start', id])
    },
    ended: async () => Number(await dockerOrThrow(['wait', id])),
    logs: () => docker(['logs', id]),
    inspect: async (template) => (await dockerOrThrow(['inspect', '--format', template, id])).trim(),
    [Symbol.asyncDispose]: async () => {
      await docker(['rm', '--force', '--volumes', id])
    },
  }
}

/** Runs one docker command; a failure is a result, not an exception. */
export function docker(args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile('docker', args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, stdout, stderr })
    })
  })
}

/** Runs one docker command that must succeed. @returns its standard output */
export async function dockerOrThrow(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(args)
  if (code !== 0) throw new Error(`docker ${args.join(' ')} failed (${code}): ${stderr.trim()}`)
  return stdout
}

/** Removes every container that this process made and that is still there, and those of runs that were killed. */
export async function removeLeftovers(): Promise<void> {
  await sweepContainers(dockerOrThrow)
  const left = (await dockerOrThrow(['ps', '--all', '--quiet', '--filter', `label=${ours}`]))
    .split('\n')
    .filter(Boolean)
  if (left.length > 0) await docker(['rm', '--force', '--volumes', ...left])
}
