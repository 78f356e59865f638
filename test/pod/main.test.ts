/** The command line as a user has it: the program with its arguments, its output, its signals and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { describe, expect, it } from 'vitest'

const actor = `podmates/actor=${process.execPath} ${join(import.meta.dirname, 'testdata', 'actor.ts')}`
const testdata = (name: string): string => join(import.meta.dirname, 'testdata', `${name}.yaml`)

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** @param onText is given the process and all of its output so far, each time that there is more */
function run(
  args: readonly string[],
  onText: (child: ChildProcess, text: string) => void = () => {},
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const program = [join(import.meta.dirname, 'main.ts'), '--image', actor, '--paths', 'rewritten', ...args]
    const child = spawn(process.execPath, program, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
        onText(child, output.stdout)
      })
    }
    child.once('close', (code) => resolve({ code, ...output }))
  })
}

describe.concurrent('npm run pod', { timeout: 60_000 }, () => {
  it('shows what is not as in a cluster, the life of the Pod and the chart, and exits 0 when it succeeded', async ({
    expect,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), 'pod-cli-'))
    const file = join(folder, 'timeline.json')
    const picture = join(folder, 'picture.svg')
    const { code, stdout, stderr } = await run([testdata('succeeds'), '--timeline', file, '--picture', picture])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^succeeds: first \(init\), work\nrequests 0m CPU, 0Mi memory\n\nnot as in a cluster:\n {2}image /,
    )
    expect(stdout).toContain('work | done\n')
    expect(stdout).toMatch(/ s {2}work exited 0\n/)
    expect(stdout).toMatch(/\nsucceeds, process driver\nSucceeded \(Completed at /)
    expect(stripVTControlCharacters(stdout)).toBe(stdout)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pod: 'succeeds', driver: 'process' })
    expect(readFileSync(picture, 'utf8')).toContain('>The life of the Pod succeeds</text>')
    rmSync(folder, { recursive: true })
  })

  it('does what its README says', async ({ expect }) => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
    const [, file = '', image = ''] = /npm run pod -- (\S+succeeds\.yaml) --image "(.*)"/.exec(readme) ?? []
    const { code, stdout } = await run([file, '--image', image.replace('=node ', `=${process.execPath} `)])
    expect(stdout).toContain('work | done\n')
    expect(code).toBe(0)
  })

  it('exits 1 when the Pod failed, and shows no output of containers where it is to be quiet', async ({ expect }) => {
    const { code, stdout } = await run([testdata('fails'), '--quiet'])
    expect(code).toBe(1)
    expect(stdout).not.toContain('work | ')
    expect(stdout).toContain('Failed (Completed at ')
  })

  it('exits 2 with every mistake of the manifest', async ({ expect }) => {
    const { code, stderr } = await run([testdata('mistaken')])
    expect(code).toBe(2)
    expect(stderr).toContain('mistaken.yaml:6:16 spec.containers[0].image: expected a value, found nothing\n')
  })

  it('exits 2 with one line when it is not understood', async ({ expect }) => {
    const { code, stderr } = await run(['--driver', 'podman', 'pod.yaml'])
    expect(code).toBe(2)
    expect(stderr).toBe('--driver: expected process or docker, found "podman"; see npm run pod -- --help\n')
  })

  it.each([
    [['no/such.yaml'], 'expected a manifest, or - for standard input, found no such file or directory: no/such.yaml\n'],
    [
      [testdata('succeeds'), '--timeline', 'no/such/timeline.json'],
      '--timeline: expected a file in a folder that exists and can be written, found no such file or directory: no/such/timeline.json\n',
    ],
    [
      [testdata('succeeds'), '--picture', tmpdir()],
      `--picture: expected a file in a folder that exists and can be written, found illegal operation on a directory: ${tmpdir()}\n`,
    ],
  ])('exits 2 before the Pod starts, and says what to do, for %j', async (args, line) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: line })
  })

  it('ends the Pod in order at the first Ctrl-C, though that comes as several signals', async ({ expect }) => {
    let isPressed = false
    const { code, stdout } = await run([testdata('waits-for-ctrl-c')], (child, text) => {
      if (isPressed || !text.includes('app | up\n') || !text.includes('proxy | up\n')) return
      isPressed = true
      for (const _program of ['the terminal', 'npm', 'bootstrap']) child.kill('SIGINT')
    })
    expect(code).toBe(0)
    expect(stdout.indexOf('app exited 0')).toBeLessThan(stdout.indexOf('proxy exited 0'))
  })

  it('kills the Pod at the second and exits 130', async ({ expect }) => {
    const presses = new AbortController()
    const pressOften = async (child: ChildProcess): Promise<void> => {
      while (!presses.signal.aborted) {
        child.kill('SIGINT')
        await systemClock.sleep(50, presses.signal).catch(() => {}) // ends with the program
      }
    }
    let isPressed = false
    const { code, stdout } = await run([testdata('disposed-of')], (child, text) => {
      // A press that meets a program on its last lines ends it as the system would, by the signal.
      if (text.includes('app exited 137\n')) presses.abort()
      if (isPressed || !text.includes('app | up\n')) return
      isPressed = true
      void pressOften(child)
    })
    presses.abort()
    expect(code).toBe(130)
    expect(stdout).toMatch(/app exited 137\n/)
  })

  it('ends the Pod in order when its terminal is closed, leaves nothing behind, and exits 129', async ({ expect }) => {
    let hasHungUp = false
    const folder = mkdtempSync(join(tmpdir(), 'pod-cli-'))
    const { code } = await run(
      [testdata('waits-for-ctrl-c'), '--timeline', join(folder, 'timeline.json')],
      (child, text) => {
        if (hasHungUp || !text.includes('app | up\n') || !text.includes('proxy | up\n')) return
        hasHungUp = true
        child.kill('SIGHUP')
        child.stdout?.destroy()
      },
      { TMPDIR: folder },
    )
    expect(code).toBe(129)
    const { entries } = JSON.parse(readFileSync(join(folder, 'timeline.json'), 'utf8'))
    const exits = entries.filter(({ what }: { what: string }) => what === 'exited')
    expect(exits.map(({ container, exitCode }: Record<string, unknown>) => [container, exitCode])).toEqual([
      ['app', 0],
      ['proxy', 0],
    ])
    expect(readdirSync(folder)).toEqual(['timeline.json'])
    rmSync(folder, { recursive: true })
  })

  it('deletes the Pod after its time', async ({ expect }) => {
    const { stdout } = await run([testdata('waits-for-ctrl-c'), '--for', '2s', '--grace', '7'])
    expect(stdout).toContain('Pod terminates (Deleted), 7 s of grace\n')
  })
})
