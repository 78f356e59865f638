/**
 * `npm run build`: one file per sidecar, in `sidecars/<name>/dist/podmate`, and its size.
 *
 *   npm run build                  all four
 *   npm run build -- ambassador    only the named ones
 */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { bundleSidecar, type SidecarName, sidecarNames } from './build/bundle-sidecar.ts'
import { currentRevision } from './build/revision.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !sidecarNames.some((known) => known === name))
if (unknown.length > 0) {
  console.error(`no sidecar "${unknown.join('", "')}"; there are: ${sidecarNames.join(', ')}`)
  process.exit(2)
}

const wanted: readonly SidecarName[] =
  asked.length > 0 ? sidecarNames.filter((name) => asked.includes(name)) : sidecarNames
const revision = await currentRevision()
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`.padStart(8)

console.log(`podmates ${revision.version} (${revision.commit})`)
for (const name of wanted) {
  const { bytes, program, packages } = await bundleSidecar(name, revision)
  const compressedBytes = gzipSync(readFileSync(program)).length
  const made = packages.map((part) => `${part.name}@${part.version}`).join(' ')
  console.log(`${name.padEnd(14)}${kilobytes(bytes)} ${kilobytes(compressedBytes)} gzip   ${made}`)
}
