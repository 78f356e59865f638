import { expect, it } from 'vitest'
import { spdxDocument } from './spdx.ts'

const whole = { name: 'podmates-ambassador', version: '0.1.0', licence: 'Apache-2.0' }
const undici = { name: 'undici', version: '8.0.0', licence: 'MIT', purl: 'pkg:npm/undici@8.0.0' }
const date = new Date('2026-01-02T03:04:05.678Z')

it('describes the whole and says what it contains', () => {
  const document = JSON.parse(spdxDocument(whole, [undici], date))
  expect(document).toMatchObject({ spdxVersion: 'SPDX-2.3', creationInfo: { created: '2026-01-02T03:04:05Z' } })
  expect(document.packages).toMatchObject([
    { SPDXID: 'SPDXRef-whole', name: 'podmates-ambassador', versionInfo: '0.1.0' },
    { SPDXID: 'SPDXRef-part-0', name: 'undici', externalRefs: [{ referenceLocator: 'pkg:npm/undici@8.0.0' }] },
  ])
  expect(document.relationships).toEqual([
    { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-whole' },
    { spdxElementId: 'SPDXRef-whole', relationshipType: 'CONTAINS', relatedSpdxElement: 'SPDXRef-part-0' },
  ])
})

it('is the same document for the same parts, and has another namespace for other parts', () => {
  const namespace = (version: string): string =>
    JSON.parse(spdxDocument(whole, [{ ...undici, version }], date)).documentNamespace
  expect(namespace('8.0.0')).toBe(namespace('8.0.0'))
  expect(namespace('8.0.0')).not.toBe(namespace('8.0.1'))
})
