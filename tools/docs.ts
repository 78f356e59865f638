/**
 * `npm run docs`: writes the documents that come from the code: `errors.md`, the option table in each sidecar's
 * README, each sidecar's `schema.json`, and the pictures of recorded Pods.
 *
 *   npm run docs               writes what has changed
 *   npm run docs -- --check    writes nothing; exits 1 and names each document that is not fresh
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedDocuments } from './docs/generated-documents.ts'
import { flagsOrExit } from './flags.ts'

const root = join(import.meta.dirname, '..')
const checkOnly = flagsOrExit(['--check']).has('--check')

let faults = 0
for (const document of await generatedDocuments(root)) {
  const { path } = document
  const file = join(root, path)
  if ('fault' in document) {
    faults += 1
    console.error(`${path}: ${document.fault}`)
    continue
  }
  if (existsSync(file) && readFileSync(file, 'utf8') === document.content) continue
  if (checkOnly) {
    faults += 1
    console.error(`${path}: is not fresh. Run: npm run docs`)
  } else {
    writeFileSync(file, document.content)
    console.log(`wrote ${path}`)
  }
}
process.exitCode = faults === 0 ? 0 : 1
