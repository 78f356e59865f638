/** The lines of `podmate status` that every sidecar has; its own stand between them. */
import { readFileSync } from 'node:fs'
import { getHeapStatistics } from 'node:v8'
import type { StatusLine } from '../admin/status-line.ts'
import { formatDuration } from '../config/values/duration.ts'
import type { Life, Phase } from '../lifecycle/lifecycle.ts'
import type { LevelSwitch } from '../log/level-switch.ts'
import { type CgroupMemory, readCgroupMemory } from '../metrics/cgroup-memory.ts'
import type { Clock } from '../world/clock.ts'

/** What the lines tell of. */
export interface StatusSources {
  readonly sidecar: string
  readonly version: string
  readonly config: { readonly file: string; readonly hash: string; readonly isDefault: boolean }
  readonly life: Pick<Life, 'phase' | 'onPhase'>
  readonly levels: LevelSwitch
  /** The sidecar's own lines. */
  readonly own: () => readonly StatusLine[]
}

/** Begins to follow the life, and answers what the lines are composed with. */
export function followStatus(sources: StatusSources, clock: Clock): () => readonly StatusLine[] {
  const { life, levels, own } = sources
  const loadedMs = clock.now()
  let sinceMs = clock.now()
  life.onPhase(() => {
    sinceMs = clock.now()
  })
  return () => [
    phaseLine(sources, life.phase(), clock.now() - sinceMs),
    configLine(sources, clock.now() - loadedMs),
    ...own(),
    logLine(levels, clock),
    memoryLine(readCgroupMemory(readKernelFile), ownMemory()),
  ]
}

function phaseLine({ sidecar, version }: StatusSources, phase: Phase, forMs: number): StatusLine {
  return {
    topic: 'phase',
    text: `${sidecar} ${phase} for ${roughly(forMs)}, version ${version}, node ${process.version}`,
    facts: { sidecar, phase, phase_seconds: seconds(forMs), version, node: process.version },
  }
}

function configLine({ config: { file, hash, isDefault } }: StatusSources, ageMs: number): StatusLine {
  return {
    topic: 'config',
    text: `${hash} loaded ${roughly(ageMs)} ago from ${isDefault ? `the defaults (no ${file})` : file}`,
    facts: { hash, age_seconds: seconds(ageMs), file, is_default: isDefault },
  }
}

function logLine(levels: LevelSwitch, clock: Clock): StatusLine {
  const state = levels.state()
  if (state.kind === 'lasting') return { topic: 'log', text: state.level, facts: { level: state.level } }
  const leftMs = Math.max(0, state.untilWallMs - clock.wall())
  return {
    topic: 'log',
    text: `${state.level} for another ${roughly(leftMs)}, then ${state.revertsTo}`,
    facts: { level: state.level, reverts_to: state.revertsTo, reverts_in_seconds: seconds(leftMs) },
  }
}

/** What the process knows of its own memory. */
interface OwnMemory {
  readonly residentBytes: number
  readonly heapUsedBytes: number
  readonly heapLimitBytes: number
}

function ownMemory(): OwnMemory {
  const { used_heap_size: heapUsedBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics()
  return { residentBytes: process.memoryUsage.rss(), heapUsedBytes, heapLimitBytes }
}

/**
 * What the container has against its limit, and what the heap has against its own, smaller one. A cgroup without a
 * limit may be that of the whole machine: there, what the process itself has in RAM tells more.
 */
export function memoryLine(
  cgroup: CgroupMemory | undefined,
  { residentBytes, heapUsedBytes, heapLimitBytes }: OwnMemory,
): StatusLine {
  const limitBytes = cgroup?.limitBytes
  const usedBytes = limitBytes === undefined ? undefined : cgroup?.usedBytes
  const whole =
    limitBytes === undefined || usedBytes === undefined
      ? `${mebibytes(residentBytes)} MiB resident, no limit`
      : `${mebibytes(usedBytes)} of ${mebibytes(limitBytes)} MiB`
  return {
    topic: 'memory',
    text: `${whole}, heap ${mebibytes(heapUsedBytes)} of ${mebibytes(heapLimitBytes)} MiB`,
    facts: {
      used_bytes: usedBytes ?? null,
      limit_bytes: limitBytes ?? null,
      resident_bytes: residentBytes,
      heap_used_bytes: heapUsedBytes,
      heap_limit_bytes: heapLimitBytes,
    },
  }
}

function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // not Linux, or the other version of cgroups
  }
}

/** A duration with as much detail as a person wants: `42s`, `5m12s`, `3h12m`, `2d4h`. */
export function roughly(ms: number): string {
  const whole = Math.floor(ms / 1000)
  if (whole < 3600) return formatDuration(whole * 1000)
  if (whole < 86_400) return formatDuration(Math.floor(whole / 60) * 60_000)
  return `${Math.floor(whole / 86_400)}d${Math.floor((whole % 86_400) / 3600)}h`
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1)
}
