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
 * Who may call whom: a room imports rooms that stand after it, never one before it. This is not the order in which
 * data passes (README.md of each sidecar): a stage is called by the one that needs its answer, and what several use,
 * such as the wire codec, stands last. Files beside the rooms (`main.ts`, `parts.ts`, `config.ts`) may import all.
 */
export const sidecarRooms: Readonly<Record<string, readonly string[]>> = {
  ambassador: ['listener', 'route', 'resilience', 'upstream', 'tls', 'auth', 'http1', 'observe'],
  'config-helper': ['reload', 'publish', 'validate', 'render', 'source'],
  adapter: [
    'metrics',
    'metrics/exposition',
    'metrics/input',
    'metrics/registry',
    'logs',
    'logs/sink',
    'logs/parse',
    'logs/tail',
    'transcode',
  ],
  'init-waiter': ['plan', 'wait', 'migrate', 'preload', 'prepare', 'report'],
}
