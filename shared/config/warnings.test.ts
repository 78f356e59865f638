import { expect, it } from 'vitest'
import { formatWarnings } from './format-problems.ts'
import { loadConfig } from './load-config.ts'
import { sampleDefinition } from './testdata/sample-config.ts'
import { sampleWorld } from './testdata/sample-world.ts'

type Warn = NonNullable<(typeof sampleDefinition)['warn']>

function load(text: string, warn: Warn) {
  return loadConfig({ ...sampleDefinition, warn }, { file: 'sample.yaml', text }, sampleWorld)
}

const code = 'PM0303'

it('gives each warning its place, in the order of the file', () => {
  const text = 'upstreams:\n  b: { endpoints: ["x:1"] }\n  a: { endpoints: ["y:1"] }\n'
  const loaded = load(text, (_config, warn) => {
    warn(['upstreams', 'a'], { code, sentence: 'a is too late', mark: 'key' })
    warn(['upstreams', 'b', 'endpoints', 0], { code, sentence: 'x is too early' })
  })
  expect(loaded).toMatchObject({
    ok: true,
    warnings: [
      {
        code,
        line: 2,
        column: 20,
        path: 'upstreams.b.endpoints[0]',
        message: 'upstreams.b.endpoints[0]: x is too early',
      },
      { code, line: 3, column: 3, path: 'upstreams.a', message: 'a is too late in upstreams' },
    ],
  })
})

it('stands at the nearest block for a key that has its default', () => {
  const loaded = load('upstreams: { b: { endpoints: ["x:1"] } }\n', (_config, warn) => {
    warn(['limits', 'head'], { code, sentence: 'too small' })
  })
  expect(loaded).toMatchObject({ ok: true, warnings: [{ line: 1, column: 1, path: 'limits.head' }] })
})

it('is not asked about a config that is refused', () => {
  const loaded = load('upstreams: 5\n', () => {
    throw new Error('asked')
  })
  expect(loaded.ok).toBe(false)
})

it('shows no secret in the line that it marks', () => {
  const text = 'client: { id: me, key: hunter22 }\nupstreams: { b: { endpoints: ["x:1"] } }\n'
  const loaded = load(text, (_config, warn) => warn(['client', 'id'], { code, sentence: 'who is that' }))
  const shown = loaded.ok ? formatWarnings(loaded.warnings).join('\n') : ''
  expect(shown).toContain('1:15 PM0303 warning: client.id: who is that')
  expect(shown).not.toContain('hunter22')
})
