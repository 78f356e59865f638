import { CodedError } from '@podmates/shared/errors/coded-error.ts'
import { contentHash } from '@podmates/shared/volume/content-hash.ts'
import type { VolumeState } from '@podmates/shared/volume/watch.ts'
import { describe, expect, it } from 'vitest'
import { parseReference } from './reference.ts'
import { type FileRecipe, type Recipe, render, sourcesOf } from './render.ts'

const holding = (files: Readonly<Record<string, string>>): VolumeState => {
  const map = new Map(Object.entries(files).map(([key, text]) => [key, Buffer.from(text)]))
  return { state: 'present', snapshot: { files: map, hash: contentHash(map) } }
}

const at = (text: string) => parseReference(text) ?? { source: '', key: '' }
const copy = (of: string): FileRecipe => ({ make: 'copy', of: at(of) })
const merge = (...of: string[]): FileRecipe => ({ make: 'merge', of: of.map(at) })
const files = (files: Readonly<Record<string, FileRecipe>>): Recipe => ({
  from: 'files',
  files: new Map(Object.entries(files)),
})

function rendered(recipe: Recipe, sources: Readonly<Record<string, VolumeState>>) {
  const result = render(recipe, new Map(Object.entries(sources)))
  if (!result.ok) return result.faults.map(({ code, message }) => `${code} ${message}`)
  return Object.fromEntries([...result.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))
}

describe('render', () => {
  it('copies all files of a source, nested ones too', () => {
    const app = holding({ 'app.yaml': 'a: 1', 'certs/ca.crt': 'pem' })
    expect(rendered({ from: 'source', source: 'app' }, { app })).toEqual({ 'app.yaml': 'a: 1', 'certs/ca.crt': 'pem' })
  })

  it('copies single files byte by byte', () => {
    const app = holding({ 'app.yaml': 'a:   1 # kept', other: 'x' })
    expect(rendered(files({ 'config.yaml': copy('app/app.yaml') }), { app })).toEqual({
      'config.yaml': 'a:   1 # kept',
    })
  })

  it('merges files of several sources, later ones over earlier ones', () => {
    const app = holding({ 'base.yaml': 'pool: { max: 5, min: 1 }', 'prod.yaml': 'pool: { max: 50 }' })
    const secrets = holding({ 'db.json': '{"db": {"password": "hunter2"}}' })
    const recipe = files({ 'app.yaml': merge('app/base.yaml', 'app/prod.yaml', 'secrets/db.json') })
    expect(rendered(recipe, { app, secrets })).toEqual({
      'app.yaml': 'pool:\n  max: 50\n  min: 1\n"db":\n  "password": "hunter2"\n',
    })
  })

  it('writes JSON when the name ends in .json, and takes empty files for empty maps', () => {
    const app = holding({ 'base.yaml': 'a: 0x10', 'over.yaml': '# nothing yet', 'more.yaml': '---\n' })
    expect(rendered(files({ 'app.json': merge('app/base.yaml', 'app/over.yaml', 'app/more.yaml') }), { app })).toEqual({
      'app.json': '{\n  "a": 16\n}\n',
    })
  })

  it('gives the same bytes for the same input, whatever the order of the keys in a snapshot', () => {
    const recipe = files({ 'app.yaml': merge('app/a.yaml', 'app/b.yaml') })
    const one = rendered(recipe, { app: holding({ 'a.yaml': 'x: 1', 'b.yaml': 'y: 2' }) })
    expect(rendered(recipe, { app: holding({ 'b.yaml': 'y: 2', 'a.yaml': 'x: 1' }) })).toEqual(one)
  })

  it('names the sources that a recipe needs', () => {
    expect([...sourcesOf(files({ a: copy('app/a'), b: merge('kv/b', 'app/c') }))]).toEqual(['app', 'kv'])
    expect([...sourcesOf({ from: 'source', source: 'app' })]).toEqual(['app'])
  })
})

describe('render refuses everything', () => {
  const app = holding({
    'base.yaml': 'a: 1',
    'broken.yaml': 'a: 1\nb: [1\n',
    'list.yaml': '- 1',
    'two.yaml': 'a: 1\n---\nb: 2',
  })
  const unreadable: VolumeState = { state: 'unreadable', error: new CodedError('PM1205', 'EACCES') }

  it.each([
    [
      'of a source that is not there',
      { from: 'source', source: 'gone' } as const,
      ['PM3001 sources.gone: there is no such directory'],
    ],
    [
      'of a source that cannot be read',
      { from: 'source', source: 'locked' } as const,
      ['PM1205 sources.locked: EACCES'],
    ],
    [
      'of an empty source, rather than publish nothing',
      { from: 'source', source: 'empty' } as const,
      ['PM3002 sources.empty holds no file'],
    ],
    [
      'when a file is missing, and lists those that are there',
      files({ 'a.yaml': copy('app/prod.yaml'), 'b.yaml': copy('app/base.yaml') }),
      ['PM3001 sources.app: expected a file prod.yaml, found base.yaml, broken.yaml, list.yaml, two.yaml'],
    ],
    [
      'when a part does not parse',
      files({ 'a.yaml': merge('app/base.yaml', 'app/broken.yaml') }),
      [
        'PM3003 app/broken.yaml:3:1 is not valid YAML: a line that is not indented as it should be, or a bracket that is not closed',
      ],
    ],
    [
      'when a part is no map',
      files({ 'a.yaml': merge('app/base.yaml', 'app/list.yaml') }),
      ['PM3003 app/list.yaml is no map of keys, which a merge needs'],
    ],
    [
      'when a part holds two documents',
      files({ 'a.yaml': merge('app/two.yaml') }),
      ['PM3003 app/two.yaml holds several documents; a merge takes one of each file'],
    ],
  ])('%s', (_when, recipe, faults) => {
    expect(rendered(recipe, { app, locked: unreadable, empty: holding({}) })).toEqual(faults)
  })

  it('and never repeats what stands in a broken file', () => {
    const secrets = holding({ 'db.yaml': 'password: "hunter2"x', 'db.json': '{"password": hunter2}' })
    const faults = rendered(files({ a: merge('secrets/db.yaml'), b: merge('secrets/db.json') }), { secrets })
    expect(faults).toHaveLength(2)
    expect(JSON.stringify(faults)).not.toContain('hunter2')
  })
})
