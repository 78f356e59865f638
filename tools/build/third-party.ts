/** What must travel with a bundle because others wrote parts of it: a list for machines, the licences for people. */
import { createHash } from 'node:crypto'
import type { BundledPackage } from './packages.ts'
import type { Revision } from './revision.ts'

/** Software bill of materials, SPDX 2.3 in JSON, of the npm packages in one sidecar's bundle. */
export function spdxOf(name: string, revision: Revision, packages: readonly BundledPackage[]): string {
  const root = {
    SPDXID: 'SPDXRef-bundle',
    name: `podmates-${name}`,
    versionInfo: revision.version,
    licenseDeclared: 'Apache-2.0',
  }
  const parts = packages.map((part, index) => ({
    SPDXID: `SPDXRef-npm-${index}`,
    name: part.name,
    versionInfo: part.version,
    licenseDeclared: part.licence,
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: `pkg:npm/${part.name.replace('@', '%40')}@${part.version}`,
      },
    ],
  }))
  return spdxDocument(name, revision, [root, ...parts])
}

interface SpdxPackage {
  readonly SPDXID: string
  readonly name: string
  readonly versionInfo: string
  readonly licenseDeclared: string
  readonly externalRefs?: readonly object[]
}

/** @param packages the first is what the document describes, the others are contained in it */
function spdxDocument(name: string, revision: Revision, packages: readonly SpdxPackage[]): string {
  const [root, ...parts] = packages
  const created = `${revision.date.toISOString().slice(0, 19)}Z`
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `podmates/${name}`,
    documentNamespace: `https://podmates.dev/spdx/${name}/${digest(JSON.stringify(packages))}`,
    creationInfo: { created, creators: ['Tool: podmates-build'] },
    packages: packages.map((part) => ({
      ...part,
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      licenseConcluded: 'NOASSERTION',
      copyrightText: 'NOASSERTION',
    })),
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: root?.SPDXID },
      ...parts.map((part) => ({
        spdxElementId: root?.SPDXID,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: part.SPDXID,
      })),
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** The licence texts of all packages, as most of the licences demand. */
export function thirdPartyLicences(packages: readonly BundledPackage[]): string {
  const rule = '-'.repeat(80)
  return packages
    .map(
      ({ name, version, licence, licenceText }) =>
        `${rule}\n${name} ${version} (${licence})\n${rule}\n${licenceText}\n`,
    )
    .join('\n')
}
