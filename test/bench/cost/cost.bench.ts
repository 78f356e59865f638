/**
 * What each sidecar costs before it has done anything, for the table on the front page.
 *
 *   npm run bench -- cost            prints it
 *   npm run bench -- cost --write    and writes it into README.md
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleSidecar } from '../../../tools/build/bundle-sidecar.ts'
import { currentRevision } from '../../../tools/build/revision.ts'
import { replaceSection } from '../../../tools/docs/marked-section.ts'
import { docker } from '../../../tools/setup/docker.ts'
import { dockerOrThrow } from '../../docker/container.ts'
import { measureStart, type StartSubject } from '../start.ts'

const folder = mkdtempSync(join(tmpdir(), 'podmates-cost-'))
mkdirSync(join(folder, 'source'))
mkdirSync(join(folder, 'config'))
writeFileSync(join(folder, 'source', 'app.yaml'), 'greeting: hello\n')

const subjects: readonly StartSubject[] = [
  {
    name: 'ambassador',
    hasAdmin: true,
    config: `
listeners: { inventory: { address: "127.0.0.1:15990", upstream: inventory } }
upstreams: { inventory: { endpoints: ["127.0.0.1:9"] } }
`,
  },
  {
    name: 'config-helper',
    hasAdmin: true,
    config: `
sources: { app: { dir: ${folder}/source } }
outputs: { app: { dir: ${folder}/config } }
`,
  },
  {
    name: 'adapter',
    hasAdmin: true,
    config: `
metrics: { statsd: { udp: "127.0.0.1:15991" }, expose: { address: "127.0.0.1:15992" } }
logs: { inputs: [{ files: ["${folder}/*.log"] }], outputs: { stdout: {} } }
`,
  },
  { name: 'init-waiter', hasAdmin: false, config: 'steps: { db: { wait: "tcp://127.0.0.1:9" } }\n' },
]

const revision = await currentRevision()
const withImages = (await docker()).available
const rows: string[] = []
for (const subject of subjects) {
  const { bytes } = await bundleSidecar(subject.name as Parameters<typeof bundleSidecar>[0], revision)
  const { startMs, privateBytes } = await measureStart(subject)
  const image = withImages ? await imageSize(subject.name) : 'no Docker'
  rows.push(
    `| ${subject.name} | ${image} | ${Math.round(bytes / 1000)} kB | ${(privateBytes / 1e6).toFixed(1)} MB | ${Math.round(startMs)} ms |`,
  )
}
const table = [
  '| sidecar | image | its own file | private memory, idle | start |',
  '|---|---|---|---|---|',
  ...rows,
].join('\n')
console.log(table)
rmSync(folder, { recursive: true })
if (process.argv.includes('--write')) {
  const page = replaceSection(readFileSync('README.md', 'utf8'), 'cost', table)
  if (page === undefined)
    throw new Error('README.md has no place for the table: <!-- cost:begin --> and <!-- cost:end -->')
  writeFileSync('README.md', page)
}

async function imageSize(name: string): Promise<string> {
  const bytes = Number(await dockerOrThrow(['image', 'inspect', '--format', '{{.Size}}', `podmates/${name}:dev`]))
  return `${Math.round(bytes / 1e6)} MB`
}
