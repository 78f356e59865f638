/** What the Pod runner shows: the Pod and what is not as in a cluster, then its life as it happens, then the chart. */
import { styleText } from 'node:util'
import type { PodManifest } from '../manifest/pod-manifest.ts'
import { effectiveRequest } from '../manifest/requests.ts'
import type { PodHandle } from '../pod-handle.ts'
import type { TimelineEntry } from '../timeline/timeline.ts'

export interface Screen {
  head(manifest: PodManifest, pod: PodHandle): void
  /** A line of output of a container. */
  line(container: string, text: string): void
  entry(entry: TimelineEntry): void
  note(text: string): void
}

export interface ScreenOptions {
  readonly colour: boolean
  readonly write: (text: string) => void
}

export function createScreen({ colour, write }: ScreenOptions): Screen {
  const dim = (text: string): string => (colour ? styleText('dim', text, { validateStream: false }) : text)
  return {
    head: ({ pod: spec }, pod) => {
      const list = spec.containers.map(({ name, role }) => (role === 'app' ? name : `${name} (${role})`))
      const cpu = Math.round(effectiveRequest(spec, 'cpu') * 1000)
      const memory = Math.round(effectiveRequest(spec, 'memory') / 2 ** 20)
      write(`${pod.name}: ${list.join(', ')}\n`)
      write(`requests ${cpu}m CPU, ${memory}Mi memory\n`)
      write('\nnot as in a cluster:\n')
      for (const deviation of pod.deviations) write(`  ${deviation}\n`)
      write('\n')
    },
    line: (container, text) => write(`${dim(`${container} |`)} ${text}\n`),
    entry: (entry) => write(`${dim(describeEntry(entry))}\n`),
    note: (text) => write(`${text}\n`),
  }
}

/** `  1.24 s  ambassador started` */
export function describeEntry(entry: TimelineEntry): string {
  const subject = 'container' in entry ? entry.container : 'Pod'
  return `${(entry.atMs / 1000).toFixed(2).padStart(6)} s  ${subject} ${sentenceOf(entry)}`
}

/** What a container left behind is of interest when it failed, and then its first line says why. */
function lastWords({ exitCode, message = '' }: { readonly exitCode: number; readonly message?: string }): string {
  const [first = ''] = message.trim().split('\n')
  return exitCode === 0 || first === '' ? '' : `: ${first.slice(0, 120)}`
}

function sentenceOf(entry: TimelineEntry): string {
  switch (entry.what) {
    case 'phase':
      return `is ${entry.phase}`
    case 'initialized':
      return 'is initialized: the apps may start'
    case 'podReady':
    case 'ready':
      return 'is ready'
    case 'podNotReady':
    case 'notReady':
      return 'is not ready'
    case 'terminating':
      return `terminates (${entry.reason}), ${entry.graceMs / 1000} s of grace`
    case 'ended':
      return 'is over'
    case 'starting':
      return entry.run === 0 ? 'is being started' : `is being restarted (${entry.run})`
    case 'running':
      return 'runs'
    case 'started':
      return 'has started'
    case 'startFailed':
      return `cannot be started: ${entry.message}`
    case 'probeFailed':
      return `failed its ${entry.probe}Probe: ${entry.message}`
    case 'postStart':
    case 'preStop':
      return `runs its ${entry.what} hook`
    case 'postStartDone':
    case 'preStopDone':
      return `${entry.what === 'postStartDone' ? 'postStart' : 'preStop'} ${entry.ok ? 'done' : `failed: ${entry.message}`}`
    case 'stopSignal':
      return `is asked to end (${entry.why})`
    case 'killed':
      return `is killed (${entry.why})`
    case 'exited':
      return `exited ${entry.exitCode}${lastWords(entry)}`
    case 'backOff':
      return `waits ${Math.round(entry.delayMs / 1000)} s before its next start`
  }
}
