/** A software bill of materials in SPDX 2.3 JSON: what scanners read to tell which of our images a new CVE concerns. */
import { createHash } from 'node:crypto'

export interface SpdxPart {
  readonly name: string
  readonly version: string
  /** SPDX expression, or NOASSERTION. */
  readonly licence: string
  /** Package URL, by which scanners know the part: `pkg:npm/undici@8.0.0`. */
  readonly purl?: string
}

/**
 * @param whole what the document describes
 * @param parts what is contained in it
 * @param date the same input gives the same document, so it is not the date of today
 */
export function spdxDocument(whole: SpdxPart, parts: readonly SpdxPart[], date: Date): string {
  const packages = [
    spdxPackage(whole, 'SPDXRef-whole'),
    ...parts.map((part, index) => spdxPackage(part, `SPDXRef-part-${index}`)),
  ]
  const digest = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 32)
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: whole.name,
    documentNamespace: `https://podmates.dev/spdx/${whole.name}/${digest}`,
    creationInfo: { created: `${date.toISOString().slice(0, 19)}Z`, creators: ['Tool: podmates-build'] },
    packages,
    relationships: packages.map(({ SPDXID }, index) =>
      index === 0
        ? { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: SPDXID }
        : { spdxElementId: 'SPDXRef-whole', relationshipType: 'CONTAINS', relatedSpdxElement: SPDXID },
    ),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function spdxPackage({ name, version, licence, purl }: SpdxPart, id: string): Readonly<Record<string, unknown>> {
  const reference = { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    licenseDeclared: licence,
    licenseConcluded: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    ...(purl !== undefined && { externalRefs: [reference] }),
  }
}
