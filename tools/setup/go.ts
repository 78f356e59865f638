/** The Go toolchain and what is built with it: the demo's apps, and tools that come as Go modules. */
import { join } from 'node:path'
import { programFolder, rootFolder } from './cache-folder.ts'
import { madeOnce } from './made-once.ts'
import { mustRun, runProgram } from './run-program.ts'
import { sourceHash } from './source-hash.ts'

export type Go =
  | { readonly available: true; readonly version: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string }

const minorMin = 22

/** Whether `go` is there and new enough. */
export async function go(): Promise<Go> {
  const { code, stdout } = await runProgram('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } })
  const version = stdout.trim().replace(/^go/, '')
  const remedy = `install Go 1.${minorMin} or newer: https://go.dev/dl`
  if (code !== 0) return { available: false, reason: 'Go is not installed', remedy }
  const minor = Number(/^1\.(\d+)/.exec(version)?.[1] ?? 0)
  if (minor < minorMin) return { available: false, reason: `Go ${version} is too old`, remedy }
  return { available: true, version }
}

/** Not every program is a container: `proxyload` is for the benches, and only on Linux. */
export type AppName = 'checkout' | 'inventory' | 'load' | 'pause' | 'proxyload' | 'puppet'

/** What the apps are built for, in Go's names; a container needs `linux` whatever the host is. */
export interface GoTarget {
  readonly os: string
  readonly arch: string
}

export const hostTarget: GoTarget = {
  os: process.platform === 'win32' ? 'windows' : process.platform,
  arch: process.arch === 'x64' ? 'amd64' : process.arch,
}

/**
 * Builds the Go apps of test/apps, static and stripped, unless they are up to date.
 * @returns the path of each program
 * @throws Error when Go is missing (with the remedy) or the build fails
 */
export async function goApps(target: GoTarget = hostTarget): Promise<Readonly<Record<AppName, string>>> {
  const source = join(rootFolder, 'test', 'apps')
  const toolchain = await go()
  if (!toolchain.available) throw new Error(`${toolchain.reason}: ${toolchain.remedy}`)

  const folder = join(programFolder, `apps-${target.os}-${target.arch}`)
  const key = `${toolchain.version} ${sourceHash(rootFolder, [source], (name) => name.endsWith('_test.go'))}`
  const built = await madeOnce(folder, key, async (draft) => {
    await mustRun('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', `${draft}/`, './...'], {
      cwd: source,
      env: { CGO_ENABLED: '0', GOOS: target.os, GOARCH: target.arch, GOTOOLCHAIN: 'local' },
    })
  })
  if (built) console.log(`built the Go apps for ${target.os}/${target.arch} with Go ${toolchain.version}`)
  const programOf = (name: AppName): string => join(folder, name)
  return {
    checkout: programOf('checkout'),
    inventory: programOf('inventory'),
    load: programOf('load'),
    pause: programOf('pause'),
    proxyload: programOf('proxyload'),
    puppet: programOf('puppet'),
  }
}

export interface GoTool {
  /** The program's name in `.cache/bin`. */
  readonly name: string
  /** `path@version` of its module. */
  readonly module: string
  /** Its main package, relative to the module: `./cmd`. */
  readonly package: string
  readonly ldflags: string
}

/**
 * Builds a program that comes as a Go module into `.cache/bin`, unless it is there. It is built in the module's
 * own folder: `go install` refuses modules with `exclude` lines, and this way its go.sum decides on every dependency.
 * @param patience how long it takes, for who waits: "about a minute"
 * @returns its path
 * @throws Error when Go is missing (with the remedy) or the build fails
 */
export async function goTool(tool: GoTool, patience: string): Promise<string> {
  const program = join(programFolder, tool.name)
  await madeOnce(program, tool.module, async (draft) => {
    const toolchain = await go()
    if (!toolchain.available) throw new Error(`${toolchain.reason}: ${toolchain.remedy}`)
    console.log(`building ${tool.module} (${patience}, once)`)
    // A tool may ask for a newer Go than we do: it comes as a module then, also where the default is `local`.
    const env = { CGO_ENABLED: '0', GOTOOLCHAIN: 'auto' }
    const { Dir: folder } = JSON.parse(await mustRun('go', ['mod', 'download', '-json', tool.module], { env }))
    await mustRun(
      'go',
      ['build', '-trimpath', '-buildvcs=false', `-ldflags=-s -w ${tool.ldflags}`, '-o', draft, tool.package],
      { cwd: folder, env },
    )
  })
  return program
}
