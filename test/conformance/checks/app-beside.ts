/** C17: the app, or what stands for it, killed and started again beside a sidecar that goes on. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Container, startContainer } from '../../docker/container.ts'
import type { Depth } from '../check.ts'
import { get, type Subject, started } from '../subjects.ts'
import { until } from '../until.ts'

const againWithinMs = 1000

interface Again {
  readonly subject: Subject
  readonly depth: Depth
}

/** The upstream of an ambassador goes and comes back. @returns what was observed */
export async function callsItsUpstreamAgain({ subject, depth }: Again): Promise<string> {
  const config = (subject.config ?? '').replace('127.0.0.1:9', '127.0.0.1:8080')
  await using sidecar = await started({ ...subject, config })
  await using app = await beside(sidecar, 'podmates/inventory:dev', [])
  const status = async (): Promise<number> => (await get(sidecar, subject.dataPort ?? 0, '/v1/stock/lamp'))?.status ?? 0
  await until('the first answer', async () => (await status()) === 200)

  await killed(app)
  const without = await status()
  assert.ok(without >= 502 && without <= 504, `${without} while the upstream was away`)
  await app.start()
  const tookMs = await timeUntil(
    depth,
    'an answer of the upstream that came back',
    async () => (await status()) === 200,
  )
  return `${without} without it, 200 again ${tookMs} ms after its start`
}

/** The app of a config helper goes, misses a change, and comes back. @returns what was observed */
export async function tellsItsAppAgain({ subject, depth }: Again): Promise<string> {
  using source = sourceFolder()
  source.write('greeting: welcome\nprice_cents: 1999\ntax_percent: 19\n')
  await using sidecar = await started({ ...subject, files: {} }, { volumes: [`${source.folder}:/sources/app:ro`] })
  await using app = await beside(sidecar, 'podmates/checkout:dev', ['-log-file='])
  const count = async (message: string): Promise<number> =>
    (await sidecar.logs()).stdout.split(`"msg":"${message}"`).length - 1
  await until('the first acknowledgement', async () => (await count('acknowledged')) === 1)

  await killed(app)
  const waited = await count('waiting for the app')
  source.write('greeting: good evening\nprice_cents: 1999\ntax_percent: 19\n')
  await until('an attempt without the app', async () => (await count('waiting for the app')) > waited)
  await app.start()
  const tookMs = await timeUntil(depth, 'the second acknowledgement', async () => (await count('acknowledged')) === 2)
  return `waited while it was away, acknowledged ${tookMs} ms after its start`
}

/** A container in the sidecar's network and on its volumes, as another of the same Pod. */
function beside(sidecar: Container, image: string, args: readonly string[]): Promise<Container> {
  const flags = ['--network', `container:${sidecar.id}`, '--volumes-from', sidecar.id]
  return startContainer({ image, args, flags })
}

async function killed(app: Container): Promise<void> {
  await app.kill('KILL')
  assert.equal(await app.ended(), 137)
}

/** @throws when it never happens; with all checks also when it takes longer than a sidecar may */
async function timeUntil(depth: Depth, what: string, ask: () => Promise<boolean>): Promise<number> {
  const sinceMs = performance.now()
  await until(what, ask)
  const tookMs = Math.round(performance.now() - sinceMs)
  if (depth === 'all') assert.ok(tookMs <= againWithinMs, `${tookMs} ms until ${what}`)
  return tookMs
}

function sourceFolder(): { readonly folder: string; write(text: string): void } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-source-'))
  chmodSync(folder, 0o755)
  return {
    folder,
    write: (text) => {
      writeFileSync(join(folder, '.new'), text)
      renameSync(join(folder, '.new'), join(folder, 'app.yaml'))
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
