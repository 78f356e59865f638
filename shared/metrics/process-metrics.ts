/**
 * The metrics of the process and of its event loop, under the names that every Prometheus client gives them.
 * prom-client's own set samples on timers (10 and 100 ms) and so costs an idle process 9 thousandths of a core;
 * these are read when they are scraped and cost nothing in between (0.02 thousandths, like no metrics at all).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Adds them to a registry. */
export function addProcessMetrics(registry: Registry): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    const metric: Gauge = new Gauge({ name, help, registers, collect: () => setOrRemove(metric, read()) })
  }

  addCpuTime(registers)
  gauge(
    'process_start_time_seconds',
    'When the process started, seconds since the epoch.',
    constant(performance.timeOrigin / 1000),
  )
  gauge('process_resident_memory_bytes', 'Memory that is in RAM, shared pages included.', () =>
    process.memoryUsage.rss(),
  )
  gauge('process_open_fds', 'Open file descriptors.', countOpenFiles)
  gauge('process_max_fds', 'File descriptors that may be open.', constant(openFilesLimit()))
  gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed)
  gauge('nodejs_heap_size_total_bytes', 'Heap reserved.', () => process.memoryUsage().heapTotal)
  gauge(
    'nodejs_external_memory_bytes',
    'Buffers and other memory outside the heap.',
    () => process.memoryUsage().external,
  )
  addEventLoop(registers)
  addGarbageCollection(registers)
}

function constant(value: number | undefined): () => number | undefined {
  return () => value
}

/** A value that cannot be read is absent: 0 would be a lie. */
function setOrRemove(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove()
  else gauge.set(value)
}

function addCpuTime(registers: Registry[]): void {
  let last = { user: 0, system: 0 }
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time spent, user and system.',
    registers,
    collect: () => {
      const now = process.cpuUsage()
      cpu.inc((now.user - last.user + now.system - last.system) / 1e6)
      last = now
    },
  })
}

function countOpenFiles(): number | undefined {
  try {
    // One of them is the folder that is being read.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined // only Linux shows them
  }
}

function openFilesLimit(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined // only Linux shows it
  }
}

/** How long the event loop was busy at a stretch, since the last scrape: what every request had to wait at worst. */
function addEventLoop(registers: Registry[]): void {
  const delays = monitorEventLoopDelay({ samplePerIteration: true })
  delays.enable()
  const p99 = new Gauge({
    name: 'nodejs_eventloop_lag_p99_seconds',
    help: 'Delay of one turn of the event loop, 99th percentile since the last scrape.',
    registers,
    // The first of the two to be scraped reads both: the reading starts a new period.
    collect: () => {
      p99.set(delays.percentile(99) / 1e9)
      max.set(delays.max / 1e9)
      delays.reset()
    },
  })
  const max = new Gauge({
    name: 'nodejs_eventloop_lag_max_seconds',
    help: 'Longest delay of one turn of the event loop since the last scrape.',
    registers,
  })
}

const collectionKinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

function addGarbageCollection(registers: Registry[]): void {
  const pauses = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Pauses for garbage collection.',
    labelNames: ['kind'],
    buckets: [0.001, 0.01, 0.1, 1],
    registers,
  })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { readonly detail: { readonly kind: number } }).detail
      pauses.observe({ kind: collectionKinds[kind] ?? 'other' }, entry.duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
}
