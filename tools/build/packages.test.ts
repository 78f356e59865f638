import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { licencesOf, npmPurl, packagesOf } from './packages.ts'

const root = mkdtempSync(join(tmpdir(), 'packages-'))

/** Installs a package that does not exist and answers the path of its one module. */
function installed(folder: string, facts: object, licence?: string): string {
  const path = join(root, 'node_modules', folder)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'package.json'), JSON.stringify(facts))
  if (licence !== undefined) writeFileSync(join(path, 'LICENSE.md'), licence)
  return join(path, 'lib', 'main.js')
}

it('finds the package of each module by the innermost node_modules folder', () => {
  const modules = [
    installed('plain', { name: 'plain', version: '1.0.0', license: 'MIT' }, 'Permission is granted\n'),
    installed('.store/@scope+pkg/node_modules/@scope/pkg', { name: '@scope/pkg', version: '2.0.0', license: 'ISC' }),
    installed('plain', { name: 'plain', version: '1.0.0', license: 'MIT' }),
  ]
  expect(packagesOf(modules)).toEqual([
    { name: '@scope/pkg', version: '2.0.0', licence: 'ISC', licenceText: '' },
    { name: 'plain', version: '1.0.0', licence: 'MIT', licenceText: 'Permission is granted' },
  ])
})

it("leaves out our own sources and the bundler's virtual modules", () => {
  expect(
    packagesOf([join(root, 'sidecars/ambassador/src/main.ts'), '\0builtin:node:http', '\0rolldown/runtime.js']),
  ).toEqual([])
})

it('does not make up a licence that a package does not state', () => {
  const [unlicensed] = packagesOf([installed('silent', { name: 'silent', version: '0.1.0' })])
  expect(unlicensed?.licence).toBe('NOASSERTION')
})

it('writes a scoped name into a package URL as the specification wants it', () => {
  expect(npmPurl({ name: '@scope/pkg', version: '2.0.0', licence: 'ISC', licenceText: '' })).toBe(
    'pkg:npm/%40scope/pkg@2.0.0',
  )
})

it('lists each licence text under the name and version of its package', () => {
  const text = licencesOf([{ name: 'plain', version: '1.0.0', licence: 'MIT', licenceText: 'Permission is granted' }])
  expect(text).toMatch(/plain 1\.0\.0 \(MIT\)\n-+\nPermission is granted/)
})
