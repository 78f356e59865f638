/**
 * Which room may import which: the house rules of CONTRIBUTING.md as data. A room that is missing here
 * fails the house test, so that a new one is placed on purpose.
 */

/** From the ground up: a room imports rooms above its own line only from below, never from the same height or higher. */
export const sharedLayers: readonly (readonly string[])[] = [
  ['world'],
  ['errors'],
  ['log'],
  ['lifecycle', 'metrics'],
  ['config', 'volume'],
  ['admin'],
  ['cli'],
  ['testing'],
]

/**
 * Along the data's path: a room may import the rooms that stand after it, never one before it.
 * Files beside the rooms (`main.ts`, `parts.ts`, `config.ts`) put the rooms together and may import all.
 */
export const sidecarRooms: Readonly<Record<string, readonly string[]>> = {
  ambassador: ['listener', 'route', 'resilience', 'upstream', 'tls', 'auth', 'http1', 'observe'],
  'config-helper': ['reload', 'publish', 'validate', 'render', 'source'],
  adapter: ['metrics', 'logs', 'transcode'],
  'init-waiter': ['plan', 'wait', 'migrate', 'preload', 'prepare', 'report'],
}
