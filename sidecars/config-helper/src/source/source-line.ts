/** The sources in one line of `podmate status`. */
import type { StatusLine } from '@podmates/shared/admin/status-line.ts'
import type { WatchedSource } from './watched-source.ts'

export function sourceLine(sources: readonly WatchedSource[]): StatusLine {
  return {
    topic: 'sources',
    text: sources.map((source) => `${source.plan.name} ${stateOf(source)}${modeOf(source)}`).join('; '),
    facts: Object.fromEntries(
      sources.map((source) => [
        source.plan.name,
        { dir: source.plan.dir, state: source.state()?.state ?? 'unknown', watch: source.mode()?.mode ?? 'unknown' },
      ]),
    ),
  }
}

function stateOf(source: WatchedSource): string {
  const state = source.state()
  if (state === undefined) return 'not looked at yet'
  switch (state.state) {
    case 'present':
      return `${state.snapshot.files.size} files`
    case 'absent':
      return 'absent'
    case 'unreadable':
      return `unreadable (${state.error.code})`
  }
}

/** inotify is what everybody expects; only the exception is worth a word. */
function modeOf(source: WatchedSource): string {
  const mode = source.mode()
  return mode?.mode === 'poll' ? `, polled (${mode.reason})` : ''
}
