import { join } from 'node:path'
import { loadConfig } from '@podmates/shared/config/load-config.ts'
import { wrongAnswersToOddConfigs } from '@podmates/shared/testing/odd-configs.ts'
import { describe, expect, it } from 'vitest'
import { configDefinition } from './config.ts'
import { planOutput } from './output-plan.ts'

const noFiles = () => {
  throw new Error('no files here')
}

function load(text: string) {
  return loadConfig(configDefinition, { file: 'test.yaml', text }, { env: {}, readFile: noFiles })
}

function problems(text: string): string[] {
  const loaded = load(text)
  return loaded.ok ? [] : loaded.problems.map(({ code, path, message }) => `${code} ${path}: ${message}`)
}

function config(text: string) {
  const loaded = load(text)
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return loaded.value
}

it('answers every odd value and every missing one with problems that have a place, and never throws', () => {
  expect(wrongAnswersToOddConfigs(configDefinition, join(import.meta.dirname, '..'))).toEqual([])
})

/** A config whose one output has these keys besides `dir`. */
const withOutput = (keys: string, sources = 'app: { dir: /sources/app }'): string =>
  `sources: { ${sources} }\noutputs: { app: { dir: /config, ${keys} } }\n`

describe('the shortest config', () => {
  it('is the one that is printed when there is none', () => {
    expect(problems(configDefinition.minimal ?? '')).toEqual([])
  })

  it('copies all files of the only source, checks them, tells the app and rolls back', () => {
    const value = config(withOutput('reload: { http: { url: "http://127.0.0.1:8080/-/reload" } }'))
    const [output] = Object.values(value.outputs)
    expect(output && planOutput('app', output, value)).toEqual({
      name: 'app',
      dir: '/config',
      mode: 0o640,
      keep: 3,
      recipe: { from: 'source', source: 'app' },
      checks: [{ format: 'auto' }],
      settling: { quietMs: 500, maxMs: 5000 },
      rules: { notifies: true, verifies: false, withinMs: 10_000, onFailure: 'rollback' },
      reload: {
        by: 'http',
        url: 'http://127.0.0.1:8080/-/reload',
        method: 'POST',
        timeoutMs: 10_000,
        repeats: 'answers',
      },
      verification: undefined,
    })
  })
})

describe('a config with every key', () => {
  const text = `
sources:
  app: { dir: /sources/app }
  secrets: { dir: /sources/secrets, secret: true }
outputs:
  app:
    dir: /config
    mode: 0600
    files:
      app.yaml: { merge: [app/base.yaml, app/prod.yaml, secrets/db.yaml] }
      routes.json: { copy: app/routes.json }
    validate: [{ format: auto }, { format: yaml }]
    reload: { signal: { name: SIGUSR1, process: checkout } }
    verify: { http: { url: "http://127.0.0.1:8080/-/config", json: "$.hash", equals: '{{ hash "routes.json" }}' }, within: 3s }
    onFailure: keep
    debounce: { quiet: 1s, max: 10s }
    keep: 5
`

  it('is planned as it says, and keeps answers about secrets out of the log', () => {
    const value = config(text)
    const [output] = Object.values(value.outputs)
    expect(output && planOutput('app', output, value)).toMatchObject({
      mode: 0o600,
      keep: 5,
      settling: { quietMs: 1000, maxMs: 10_000 },
      rules: { notifies: true, verifies: true, withinMs: 3000, onFailure: 'keep' },
      reload: { by: 'signal', name: 'SIGUSR1', to: { by: 'process', process: 'checkout' } },
      verification: { json: '$.hash', timeoutMs: 3000, repeats: 'nothing' },
    })
  })
})

it('says why a file name cannot be one, beside what one looks like', () => {
  const loaded = load(withOutput('files: { "../..": { copy: app/a } }'))
  expect(loaded.ok ? [] : loaded.problems).toMatchObject([
    {
      message: 'expected a file name or a path below the output, such as app.yaml, found "../.." in outputs.app.files',
      hint: 'it begins with "..", which is reserved for the volume itself',
    },
  ])
})

describe('what is refused', () => {
  it.each([
    ['keys that are not built yet', withOutput('splay: 0s..10s'), ['PM0109 outputs.app.splay']],
    [
      'sources that are not built yet',
      withOutput('keep: 3', 'app: { http: "http://flags" }'),
      ['PM0109 sources.app.http'],
    ],
    [
      'templates, which are not built yet',
      withOutput('files: { a: { template: "x" } }'),
      ['PM0109 outputs.app.files.a.template'],
    ],
    [
      'checks that are not built yet',
      withOutput('validate: [{ schema: /a.json }]'),
      ['PM0109 outputs.app.validate[0].schema'],
    ],
    ['a final push, which is not built yet', `${withOutput('keep: 3')}final: {}`, ['PM0109 final']],
    ['a source that nothing defines', withOutput('files: { a: { copy: ap/a } }'), ['PM0201 outputs.app.files.a.copy']],
    ['a source without a place', withOutput('keep: 3', 'app: { secret: true }'), ['PM0112 sources.app']],
    ['several sources without files', withOutput('keep: 3', 'a: { dir: /a }, b: { dir: /b }'), ['PM0108 outputs.app']],
    [
      'a file that is copied and merged',
      withOutput('files: { a.yaml: { copy: app/a, merge: [app/a] } }'),
      ['PM0112 outputs.app.files["a.yaml"].merge'],
    ],
    [
      'a merge into a file of unknown format',
      withOutput('files: { a.txt: { merge: [app/a.yaml] } }'),
      ['PM0110 outputs.app.files["a.txt"]'],
    ],
    [
      'a file name that leaves the output',
      withOutput('files: { "../a": { copy: app/a } }'),
      ['PM0110 outputs.app.files["../a"]'],
    ],
    [
      'a reference that leaves the source',
      withOutput('files: { a: { copy: app/../b } }'),
      ['PM0110 outputs.app.files.a.copy'],
    ],
    [
      'a file that is also a folder',
      withOutput('files: { a: { copy: app/a }, a/b: { copy: app/b } }'),
      ['PM0203 outputs.app.files.a'],
    ],
    [
      'reload by request and by signal',
      withOutput('reload: { http: { url: "http://x" }, signal: { process: x } }'),
      ['PM0112 outputs.app.reload.signal'],
    ],
    ['a signal to nobody', withOutput('reload: { signal: { name: SIGHUP } }'), ['PM0112 outputs.app.reload.signal']],
    [
      'a signal that ends programs',
      withOutput('reload: { signal: { name: SIGKILL, process: x } }'),
      ['PM0110 outputs.app.reload.signal.name'],
    ],
    [
      'a JSONPath to many values',
      withOutput('verify: { http: { url: "http://x", json: "$.a[*]" } }'),
      ['PM0110 outputs.app.verify.http.json'],
    ],
    [
      'an expectation that is not understood',
      withOutput('verify: { http: { url: "http://x", equals: "{{ hsah }}" } }'),
      ['PM0110 outputs.app.verify.http.equals'],
    ],
    [
      'an expectation of a file that is not published',
      withOutput('files: { a: { copy: app/a } }, verify: { http: { url: "http://x", equals: \'{{ hash "b" }}\' } }'),
      ['PM0201 outputs.app.verify.http.equals'],
    ],
    [
      'a debounce that cannot be quiet',
      withOutput('debounce: { quiet: 10s, max: 5s }'),
      ['PM0111 outputs.app.debounce.max'],
    ],
    ['an output inside its source', withOutput('keep: 3', 'app: { dir: / }'), ['PM0203 outputs.app.dir']],
    [
      'two outputs in one directory',
      'sources: { app: { dir: /a } }\noutputs: { x: { dir: /config }, y: { dir: /config/ } }',
      ['PM0203 outputs.y.dir'],
    ],
    ['no output at all', 'sources: { app: { dir: /a } }\noutputs: {}', ['PM0110 outputs']],
  ])('%s', (_what, text, places) => {
    expect(problems(text).map((problem) => problem.split(':', 1)[0])).toEqual(places)
  })
})
