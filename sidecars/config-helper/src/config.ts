/** The config helper's configuration: every key, its default and what it is for. The README's table comes from here. */
import { adminKey } from '@podmates/shared/admin/admin-key.ts'
import { block, exactlyOneOf } from '@podmates/shared/config/block.ts'
import { choice } from '@podmates/shared/config/choice.ts'
import { list, named } from '@podmates/shared/config/collections.ts'
import { type ConfigOf, defineConfig, type Report } from '@podmates/shared/config/define-config.ts'
import { described } from '@podmates/shared/config/described.ts'
import { reserved } from '@podmates/shared/config/reserved.ts'
import { duration } from '@podmates/shared/config/values/duration.ts'
import { fileMode } from '@podmates/shared/config/values/file-mode.ts'
import { wholeNumber } from '@podmates/shared/config/values/number.ts'
import { absolutePath, httpUrl, text, textLike } from '@podmates/shared/config/values/text.ts'
import { keyThatIsAlsoADirectory } from '@podmates/shared/volume/volume-key.ts'
import * as v from 'valibot'
import { expectation, filesNamedBy } from './reload/expectation.ts'
import { outputName } from './render/output-name.ts'
import { reference } from './render/reference.ts'
import { textFormats } from './validate/validate.ts'

const source = v.pipe(
  block({
    dir: described(v.optional(absolutePath()), {
      does: 'A mounted ConfigMap or Secret, or any other directory. It may come later, go and come back.',
      example: '/sources/app',
    }),
    secret: described(v.optional(v.boolean(), false), {
      does: 'Its values are secret: what the app answers about them is kept out of the log.',
    }),
    http: reserved(),
    kubernetes: reserved(),
    consul: reserved(),
    etcd: reserved(),
    vault: reserved(),
    git: reserved(),
    every: reserved(),
    maxStale: reserved(),
    headers: reserved(),
  }),
  exactlyOneOf('dir', 'http', 'kubernetes', 'consul', 'etcd', 'vault', 'git'),
)

const file = v.pipe(
  block({
    copy: described(v.optional(reference()), {
      does: 'Takes a file of a source as it is.',
      example: 'app/routes.json',
    }),
    merge: described(v.optional(list(reference(), 1)), {
      does: 'Merges YAML or JSON files deeply, later ones over earlier ones; lists and scalars are replaced as a whole, and scalars keep their notation.',
      example: ['app/base.yaml', 'app/prod.yaml'],
    }),
    template: reserved(),
  }),
  exactlyOneOf('copy', 'merge', 'template'),
)

const check = v.pipe(
  block({
    format: described(v.optional(choice(['auto', ...textFormats])), {
      does: 'Every file must parse; `auto` goes by the ending of its name and leaves unknown endings alone.',
    }),
    schema: reserved(),
    file: reserved(),
    assert: reserved(),
    http: reserved(),
    certificate: reserved(),
    key: reserved(),
  }),
  exactlyOneOf('format', 'schema', 'assert', 'http', 'certificate'),
)

const signal = v.pipe(
  block({
    name: described(v.optional(choice(['SIGHUP', 'SIGUSR1', 'SIGUSR2']), 'SIGHUP'), {
      does: 'The signal. It ends a program that has no handler for it.',
      elsewhere: { 'consul-template': 'reload_signal', 'spiffe-helper': 'renew_signal' },
    }),
    process: described(v.optional(text()), {
      does: 'The name of the program, as its command line begins, without folder; exactly one process must have it. Needs shareProcessNamespace.',
      example: 'checkout',
      elsewhere: { 'prometheus-config-reloader': '--process-executable-name' },
    }),
    pidFile: described(v.optional(absolutePath()), {
      does: 'A file in a shared volume into which the app writes its process id at each start.',
      example: '/run/app/pid',
    }),
  }),
  exactlyOneOf('process', 'pidFile'),
)

const httpReload = block({
  url: described(httpUrl(), {
    does: 'Where the app is told; the request has no body and the hash of the first file in X-Config-Hash. Any 2xx is a yes.',
    elsewhere: { 'configmap-reload': '-webhook-url', 'prometheus-config-reloader': '--reload-url' },
  }),
  method: described(v.optional(choice(['POST', 'PUT', 'GET']), 'POST'), { does: 'The method of the request.' }),
})

const reload = v.pipe(
  block({
    http: described(v.optional(httpReload), { does: 'Tells the app by a request.' }),
    signal: described(v.optional(signal), { does: 'Tells the app by a signal.' }),
  }),
  exactlyOneOf('http', 'signal'),
)

/** A singular query of RFC 9535, 2.3.5.1: it can lead to one value only. */
const singularQuery = /^\$(\.[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|\[\d+\]|\['[^'\\]*'\]|\["[^"\\]*"\])*$/

const verify = block({
  http: described(
    block({
      url: described(httpUrl(), { does: 'Where the app tells which version it uses.' }),
      json: described(v.optional(textLike(singularQuery, 'a JSONPath to one value, such as $.hash')), {
        does: 'Where in the JSON answer the value stands; without it, the whole answer is compared.',
        example: '$.hash',
      }),
      equals: described(v.optional(expectation(), '{{ hash }}'), {
        does: 'What it must be. `{{ hash }}` is the sha256, in hex, of the first file of the output (of `files`, or by name); `{{ hash "routes.json" }}` that of another.',
      }),
    }),
    { does: 'Asks the app by a GET.' },
  ),
  within: described(v.optional(duration({ min: '100ms', max: '10m' }), '10s'), {
    does: 'An app that was reached must have acknowledged after this long. An app that is not up yet has all the time in the world.',
    change: 'Raise it for an app that takes long to load its configuration.',
  }),
})

const debounce = block({
  quiet: described(v.optional(duration({ max: '1m' }), '500ms'), {
    does: 'A change is taken once nothing has changed for this long, so that several become one reload.',
    elsewhere: { 'consul-template': 'wait.min', 'prometheus-config-reloader': '--delay-interval' },
  }),
  max: described(v.optional(duration({ max: '10m' }), '5s'), {
    does: 'A change is taken after this long, however much still changes.',
    elsewhere: { 'consul-template': 'wait.max' },
  }),
})

const output = block({
  dir: described(absolutePath(), {
    does: 'Where the files appear, all of one generation at once: an emptyDir that the app mounts as a directory, without subPath.',
  }),
  mode: described(v.optional(fileMode(), '0640'), { does: 'The permissions of the files.' }),
  files: described(v.optional(v.record(outputName() as v.GenericSchema<string>, file)), {
    does: 'The files, by name; without it, all files of the only source.',
  }),
  validate: described(v.optional(list(check), [{ format: 'auto' }]), {
    does: 'What must hold before anything is published; what fails is refused and the published version stays.',
    change: '`[]` for files that only look like YAML or JSON, such as templates.',
  }),
  reload: described(v.optional(reload), {
    does: 'How the app is told of a new version; without it, the app must watch its files.',
  }),
  verify: described(v.optional(verify), {
    does: 'How the app is asked which version it uses; without it, it counts as acknowledged once it was told.',
  }),
  onFailure: described(v.optional(choice(['rollback', 'keep', 'exit']), 'rollback'), {
    does: 'What happens when the app refuses the version, or does not acknowledge it in time. `rollback`: the last version that it took is put back and the new one is not tried again. `keep`: the new version stays and the app is told again and again. `exit`: the sidecar ends with exit code 1.',
  }),
  debounce: described(v.optional(debounce, {}), { does: 'How changes are gathered.' }),
  splay: reserved(),
  keep: described(v.optional(wholeNumber({ min: 2, max: 100 }), 3), {
    does: 'Generations kept on the volume, the current one included, for readers that are still at an older one.',
    elsewhere: { 'git-sync': '--stale-worktree-timeout' },
  }),
})

export const configDefinition = defineConfig({
  name: 'config-helper',
  title: 'Podmates config helper',
  minimal: `sources:
  app: { dir: /sources/app }
outputs:
  app: { dir: /config, reload: { http: { url: "http://127.0.0.1:8080/-/reload" } } }
`,
  schema: block({
    admin: adminKey(19002),
    sources: described(named(source), { does: 'Where configuration comes from, by name.' }),
    outputs: described(named(output), {
      does: 'What is published for the app, by name. The name stands in logs and metrics.',
    }),
    final: reserved(),
  }),
  check: (config, report) => {
    for (const key of ['sources', 'outputs'] as const) {
      if (Object.keys(config[key]).length === 0) report([key], { code: 'PM0110', expected: 'at least one entry' })
    }
    for (const [name, output] of Object.entries(config.outputs)) checkOutput(name, output, config, report)
    checkDirectories(config, report)
  },
})

export type ConfigHelperConfig = ConfigOf<typeof configDefinition>
export type OutputConfig = ConfigHelperConfig['outputs'][string]

function checkOutput(name: string, output: OutputConfig, config: ConfigHelperConfig, report: Report): void {
  const path = ['outputs', name]
  if (output.files === undefined) {
    if (Object.keys(config.sources).length > 1) {
      const sentence = 'the key "files" is missing: with several sources it says which file comes from where'
      report(path, { code: 'PM0108', sentence })
    }
  } else checkFiles([...path, 'files'], output.files, report)
  if (output.debounce.max < output.debounce.quiet) {
    report([...path, 'debounce', 'max'], { code: 'PM0111', expected: 'at least as long as quiet' })
  }
  const files = output.files
  for (const file of output.verify === undefined ? [] : filesNamedBy(output.verify.http.equals)) {
    if (files === undefined || Object.hasOwn(files, file)) continue
    report([...path, 'verify', 'http', 'equals'], { expected: 'a file of this output', allowed: Object.keys(files) })
  }
}

type Files = NonNullable<OutputConfig['files']>

function checkFiles(path: readonly string[], files: Files, report: Report): void {
  const names = Object.keys(files)
  if (names.length === 0) report(path, { code: 'PM0110', expected: 'at least one file' })
  const both = keyThatIsAlsoADirectory(names)
  if (both !== undefined) {
    report([...path, both], { code: 'PM0203', sentence: `"${both}" is also the folder of another file` })
  }
  for (const [name, { merge }] of Object.entries(files)) {
    if (merge === undefined || /\.(ya?ml|json)$/.test(name)) continue
    const sentence = `"${name}" cannot be merged: only names that end in .yaml, .yml or .json can`
    report([...path, name], { code: 'PM0110', sentence })
  }
}

/** Two writers in one directory undo each other, and a source inside an output changes itself for ever. */
function checkDirectories({ sources, outputs }: ConfigHelperConfig, report: Report): void {
  const taken = Object.entries(sources).map(([name, { dir = '' }]) => ({ dir, owner: `sources.${name}` }))
  for (const [name, { dir }] of Object.entries(outputs)) {
    const other = taken.find((one) => isWithin(one.dir, dir) || isWithin(dir, one.dir))
    if (other !== undefined) {
      const sentence = `${dir} and ${other.dir} of ${other.owner} lie in each other`
      report(['outputs', name, 'dir'], { code: 'PM0203', sentence })
    }
    taken.push({ dir, owner: `outputs.${name}` })
  }
}

function isWithin(dir: string, outer: string): boolean {
  const slashed = (path: string): string => (path.endsWith('/') ? path : `${path}/`)
  return slashed(dir).startsWith(slashed(outer))
}
