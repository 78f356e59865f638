/** The same Go app with nobody beside it: it calls the Service itself. What the ambassador is measured against. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGoProgram } from './go-program.ts'

export interface OutsideApp extends AsyncDisposable {
  /** `host:port` at which it serves. */
  readonly address: string
}

/**
 * @param program path of the built `checkout`
 * @param inventory `host:port` that it calls
 * @param settings text of its app.yaml
 */
export async function startOutsideApp(program: string, inventory: string, settings: string): Promise<OutsideApp> {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-demo-'))
  const configFile = join(folder, 'app.yaml')
  writeFileSync(configFile, settings)
  const url = `http://${inventory}`
  const args = ['-address', '127.0.0.1:0', '-inventory-url', url, '-config-file', configFile, '-log-file', '']
  const app = await startGoProgram(program, args)
  return {
    address: app.started.address ?? '',
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}
