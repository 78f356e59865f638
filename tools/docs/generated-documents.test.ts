import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { generatedDocuments } from './generated-documents.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const blockModule = join(import.meta.dirname, '../../shared/config/block.ts')
const describedModule = join(import.meta.dirname, '../../shared/config/described.ts')

const config = (entries: string): string => `
import { block } from '${blockModule}'
import { described } from '${describedModule}'
import * as v from '${import.meta.resolve('valibot')}'
export const configDefinition = { name: 'x', title: 'X', schema: block({ ${entries} }) }
`

const described = "port: described(v.optional(v.boolean(), true), { does: 'Listens.' })"

/** A checkout with one sidecar, made of these files. */
function checkout(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'podmates-docs-'))
  folders.push(root)
  mkdirSync(join(root, 'sidecars', 'x'), { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'sidecars/x', path)), { recursive: true })
    writeFileSync(join(root, 'sidecars/x', path), content)
  }
  return root
}

const markers = '<!-- options:begin --><!-- options:end -->\n'

it('are errors.md, and for each sidecar its schema and the options in its README', async () => {
  const root = checkout({ 'src/config.ts': config(described), 'README.md': `# X\n${markers}` })
  const documents = await generatedDocuments(root)
  expect(documents.map(({ path }) => path)).toEqual(['errors.md', 'sidecars/x/schema.json', 'sidecars/x/README.md'])
  expect(documents.at(-1)).toMatchObject({
    content: expect.stringContaining('| `port` | `true`, `false` | `true` | Listens. |'),
  })
})

it('are, for each recorded life of a Pod, its picture', async () => {
  const timeline = { pod: 'shop', driver: 'kubelet v1.33.13', startedAt: '2026-01-01', containers: [], entries: [] }
  const root = checkout({ '../../k8s/life.timeline.json': JSON.stringify(timeline) })
  expect(await generatedDocuments(root)).toContainEqual({
    path: 'k8s/life.svg',
    content: expect.stringContaining('The life of the Pod shop'),
  })
})

it.each([
  ['no config.ts', {}, 'sidecars/x/src/config.ts', 'is missing: it must export configDefinition'],
  [
    'no definition',
    { 'src/config.ts': 'export const other = 1' },
    'sidecars/x/src/config.ts',
    'does not export configDefinition',
  ],
  ['no README', { 'src/config.ts': config(described) }, 'sidecars/x/README.md', 'is missing'],
  [
    'no markers',
    { 'src/config.ts': config(described), 'README.md': '# X' },
    'sidecars/x/README.md',
    'needs <!-- options:begin --> and <!-- options:end -->, once each',
  ],
  [
    'a key without a description',
    { 'src/config.ts': config('port: v.boolean()'), 'README.md': markers },
    'sidecars/x/src/config.ts',
    'the key port is not described: wrap it in described(...)',
  ],
])('cannot be made with %s, and say so', async (_name, files, path, fault) => {
  expect(await generatedDocuments(checkout(files))).toContainEqual({ path, fault })
})
