/** Which documents are generated, from what, and what they should hold. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ConfigDefinition } from '@podmates/shared/config/define-config.ts'
import { jsonSchemaOf } from '@podmates/shared/config/json-schema.ts'
import { errorCatalogue } from '@podmates/shared/errors/catalogue.ts'
import { drawPicture } from '../../test/pod/picture/picture.ts'
import type { Timeline } from '../../test/pod/timeline/timeline.ts'
import { errorsPage } from './errors-page.ts'
import { replaceSection } from './marked-section.ts'
import { optionsOf, optionTable } from './option-table.ts'

/** A document and what it should hold, or why that cannot be said. */
export type GeneratedDocument =
  | { readonly path: string; readonly content: string }
  | { readonly path: string; readonly fault: string }

/** Every generated document of a checkout. @param root its folder */
export async function generatedDocuments(root: string): Promise<GeneratedDocument[]> {
  const documents: GeneratedDocument[] = [{ path: 'errors.md', content: errorsPage(errorCatalogue) }]
  for (const name of readdirSync(join(root, 'sidecars')).sort()) {
    documents.push(...(await documentsOfSidecar(root, `sidecars/${name}`)))
  }
  return [...documents, ...picturesIn(root, 'k8s')]
}

/** Beside each recorded `x.timeline.json` its picture `x.svg`. */
function picturesIn(root: string, folder: string): GeneratedDocument[] {
  return globSync(`${folder}/*.timeline.json`, { cwd: root }).map((path) => {
    const timeline: Timeline = JSON.parse(readFileSync(join(root, path), 'utf8'))
    return { path: path.replace('.timeline.json', '.svg'), content: drawPicture(timeline) }
  })
}

async function documentsOfSidecar(root: string, folder: string): Promise<GeneratedDocument[]> {
  const configPath = `${folder}/src/config.ts`
  if (!existsSync(join(root, configPath)))
    return [{ path: configPath, fault: 'is missing: it must export configDefinition' }]
  const definition = await definitionIn(join(root, configPath))
  if (definition === undefined) return [{ path: configPath, fault: 'does not export configDefinition' }]
  const undescribed = optionsOf(definition).filter(({ document }) => document === undefined)
  return [
    ...undescribed.map(({ key }) => ({
      path: configPath,
      fault: `the key ${key} is not described: wrap it in described(...)`,
    })),
    { path: `${folder}/schema.json`, content: `${JSON.stringify(jsonSchemaOf(definition), null, 2)}\n` },
    readmeWithOptions(root, `${folder}/README.md`, definition),
  ]
}

async function definitionIn(file: string): Promise<ConfigDefinition | undefined> {
  const module: { configDefinition?: ConfigDefinition } = await import(pathToFileURL(file).href)
  return module.configDefinition
}

function readmeWithOptions(root: string, path: string, definition: ConfigDefinition): GeneratedDocument {
  if (!existsSync(join(root, path))) return { path, fault: 'is missing' }
  const content = replaceSection(readFileSync(join(root, path), 'utf8'), 'options', optionTable(definition))
  return content === undefined
    ? { path, fault: 'needs <!-- options:begin --> and <!-- options:end -->, once each' }
    : { path, content }
}
