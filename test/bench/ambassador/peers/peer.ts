/** A proxy that is measured, and the job that all of them are given. */
import { spawnSync } from 'node:child_process'

/** What a proxy shall do: the same for all, in each one's own words. */
export interface Job {
  /** Port of 127.0.0.1 where it listens for requests. */
  readonly port: number
  /** Port of 127.0.0.1 for its metrics. */
  readonly adminPort: number
  /** `host:port` of each endpoint. */
  readonly endpoints: readonly string[]
  readonly balancer: Balancer
  /** For its configuration; the caller removes it. */
  readonly folder: string
}

/** `two-choices`: the less busy of two at random. `latency`: what has answered quickest, by a moving average. */
export type Balancer = 'two-choices' | 'latency' | 'round-robin'

/**
 * The job beyond passing requests on, in numbers that all configurations name: three attempts on a failed connection, a
 * reset, 502, 503 and 504, half a second each where a bench sets it; an endpoint is out after five failures in a row;
 * its health is asked for every 5 s; a request has 15 s; metrics are served; every request is logged to stdout.
 */
export interface Peer {
  readonly name: string
  /** Its version, made ready first where it can be; or what is missing and how to get it. */
  ready(): Promise<{ readonly version: string } | { readonly missing: string }>
  /** Balancers that it does not have leave it out of a comparison. */
  readonly balancers: readonly Balancer[]
  /** Writes its configuration. @returns the command that runs it in the foreground, with its access log on stdout */
  command(job: Job): Promise<readonly string[]>
  /** The process that does the work. @param pid of the one that was started */
  workerPid(pid: number): number
}

export const attempts = 3
export const failuresInARow = 5
export const healthIntervalS = 5
export const requestTimeoutS = 15

export const ownPid = (pid: number): number => pid

/** @returns undefined when the program is not there */
export function versionOf(program: string, args: readonly string[], pattern: RegExp): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  return error === undefined ? pattern.exec(stdout + stderr)?.[1] : undefined
}
