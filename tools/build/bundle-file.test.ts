import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { bundleFile } from './bundle-file.ts'

/** Writes the modules, bundles `main.ts`, and answers what the bundle prints, alone in a folder of its own. */
async function printed(modules: Readonly<Record<string, string>>, verb: string, constants = {}): Promise<string[]> {
  const { code } = await bundleFile(written(modules), constants)
  const file = join(folderOfTest('bundle-'), 'bundle.mjs')
  writeFileSync(file, code)
  return execFileSync(process.execPath, [file, verb], { encoding: 'utf8', env: {} }).trim().split('\n')
}

function folderOfTest(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

function written(modules: Readonly<Record<string, string>>): string {
  const folder = folderOfTest('sources-')
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text)
  return join(folder, 'main.ts')
}

const lazyServer = {
  'main.ts': `#!/usr/bin/env node
    import { greeting } from './greeting.ts'
    console.log(greeting)
    if (process.argv[2] === 'serve') (await import('./server.ts')).serve()
    console.log('http loaded:', process.moduleLoadList.includes('NativeModule http'))`,
  'greeting.ts': `export const greeting: string = 'hello'`,
  'server.ts': `import { METHODS } from 'node:http'
    console.log('server evaluated')
    export const serve = () => console.log('methods:', METHODS.includes('GET'))`,
}

it('runs a dynamically imported module only when it is imported', async () => {
  expect(await printed(lazyServer, 'serve')).toEqual([
    'hello',
    'server evaluated',
    'methods: true',
    'http loaded: true',
  ])
  expect(await printed(lazyServer, 'version')).not.toContain('server evaluated')
})

it('does not load a built-in module that only a lazy part uses', async () => {
  expect(await printed(lazyServer, 'version')).toEqual(['hello', 'http loaded: false'])
})

it('puts constants in the place of free names', async () => {
  const main = `console.log(typeof VERSION === 'string' ? VERSION : 'from a checkout')`
  expect(await printed({ 'main.ts': main }, '', { VERSION: '"1.2.3"' })).toEqual(['1.2.3'])
  expect(await printed({ 'main.ts': main }, '')).toEqual(['from a checkout'])
})

it('refuses an import that cannot be bundled', async () => {
  const entry = written({ 'main.ts': `import absent from 'no-such-package'; console.log(absent)` })
  await expect(bundleFile(entry, {})).rejects.toThrow('no-such-package')
})

it('gives the same bytes for the same sources', async () => {
  const entry = written(lazyServer)
  expect(await bundleFile(entry, {})).toEqual(await bundleFile(entry, {}))
})
