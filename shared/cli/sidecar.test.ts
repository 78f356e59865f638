import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePort } from '../testing/free-port.ts'
import { startBackend } from '../testing/recording-backend.ts'
import { runToEnd, startSidecar } from '../testing/sidecar-process.ts'

// Every test starts processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 60_000 })

const main = new URL('./testdata/echo/main.ts', import.meta.url)
const mainTerminated = new URL('./testdata/echo/main-terminated.ts', import.meta.url)
const mainBroken = new URL('./testdata/echo/main-broken.ts', import.meta.url)
const loadedModules = new URL('./testdata/loaded-modules.ts', import.meta.url)

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podmates-cli-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

/** Writes a config file. @returns its path */
function configFile(text: string): string {
  const file = join(folder, 'echo.yaml')
  writeFileSync(file, text)
  return file
}

/** `podmate` with these arguments, to its end. */
const podmate = (args: string[], env: Record<string, string> = {}) =>
  runToEnd([fileURLToPath(main), ...args], { ...process.env, ...env })

describe('run', () => {
  it('logs its start, serves its probes, and exits 0 on SIGTERM', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\n' })
    expect(sidecar.lines().map(({ msg }) => msg)).toEqual(['starting', 'listening', 'greeting', 'started'])
    expect((await sidecar.get('/startupz')).status).toBe(200)
    sidecar.signal('SIGTERM')
    expect(await sidecar.exited).toEqual({ exitCode: 0, signal: null })
    expect(sidecar.lines().at(-1)).toMatchObject({ msg: 'stopped', reason: 'SIGTERM' })
    expect(JSON.parse(sidecar.terminationMessage())).toMatchObject({ msg: 'stopped', exit_code: 0 })
    expect(sidecar.stderr()).toBe('')
  })

  it('names in its first line the version and the config by its hash', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\n' })
    const { version, config_hash: hash } = await sidecar.line('starting')
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
    expect((await sidecar.get('/metrics')).body).toContain(`podmates_echo_config_info{hash="${hash}"} 1\n`)
  })

  it('exits 0 when SIGTERM comes before its config is loaded', async () => {
    await using sidecar = await startSidecar({
      main: mainTerminated,
      config: 'greeting: hello\n',
      waitFor: 'nothing',
    })
    expect(await sidecar.exited).toEqual({ exitCode: 0, signal: null })
    expect(sidecar.lines().map(({ msg }) => msg)).not.toContain('started')
    expect(sidecar.lines().at(-1)).toMatchObject({ msg: 'stopped', reason: 'SIGTERM' })
  })

  it('shows every problem of a refused config in one block, on stderr and in the termination message, and exits 1', async () => {
    const config = 'admin: { adress: "0.0.0.0:1" }\npassword: hunter22\n'
    await using sidecar = await startSidecar({ main, config, waitFor: 'nothing' })
    expect(await sidecar.exited).toEqual({ exitCode: 1, signal: null })
    const block = sidecar.stderr().replaceAll(/^.*config\.yaml/gm, 'config.yaml')
    expect(block).toBe(
      [
        'config.yaml:1:1 PM0108 the key "greeting" is missing',
        'config.yaml:1:10 PM0107 unknown key "adress" in admin',
        '  1 | admin: { adress: "0.0.0.0:1" }',
        '    |          ^^^^^^ did you mean "address"?',
        '2 errors. More: podmate explain CODE',
        '',
      ].join('\n'),
    )
    expect(`${sidecar.terminationMessage()}\n`).toBe(sidecar.stderr())
    expect(sidecar.stdout()).not.toContain('hunter22')
  })

  it('runs with a config that has a warning, and logs it once with its place', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: bye\n' })
    expect(await sidecar.line('the configuration has a warning')).toMatchObject({
      level: 'warn',
      code: 'PM0303',
      line: 1,
      column: 11,
      key: 'greeting',
      what: 'greeting: nobody greets like that',
    })
  })

  it('says what to do when the admin port is in use', async () => {
    await using backend = await startBackend()
    const config = configFile('greeting: hello\n')
    const { exitCode, stderr } = await podmate(['--config', config, '--admin', `127.0.0.1:${backend.port}`])
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      `echo: PM1101 admin.address: 127.0.0.1:${backend.port} is in use. All containers of a Pod share one network: ` +
        'another sidecar, the app or a second copy of this one listens there. Set admin.address to a free port.\n',
    )
  })

  it('refuses an admin address that is none like every other mistake of the command line: before it starts', async () => {
    const config = configFile('greeting: hello\n')
    expect(await podmate(['run', '--config', config, '--admin', 'nonsense'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'podmate: PM1021 --admin: expected HOST:PORT, found "nonsense"\nAll verbs and options: podmate --help\n',
    })
  })

  it('ends in order, with the cause, when its parts cannot be made', async () => {
    await using sidecar = await startSidecar({ main: mainBroken, config: 'greeting: hello\n', waitFor: 'nothing' })
    expect((await sidecar.exited).exitCode).toBe(1)
    expect(sidecar.stderr()).toBe('echo: PM1003 no parts today\n')
    expect(sidecar.terminationMessage()).toBe('echo: PM1003 no parts today')
  })

  it('never writes a secret of its config', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\npassword: hunter22\n' })
    sidecar.signal('SIGTERM')
    await sidecar.exited
    expect(await sidecar.line('greeting')).toMatchObject({ password: '[redacted]', whole: 'password is [redacted]' })
    expect(sidecar.stdout() + sidecar.terminationMessage()).not.toContain('hunter22')
  })

  it('obeys log.level of the config, and --log-level before it', async () => {
    await using quiet = await startSidecar({
      main,
      config: 'greeting: hello\nlog: { level: error }\n',
      waitFor: 'nothing',
    })
    await using loud = await startSidecar({
      main,
      config: 'greeting: hello\nlog: { level: error }\n',
      args: ['--log-level', 'debug'],
    })
    quiet.signal('SIGTERM')
    await quiet.exited
    expect(quiet.stdout()).toBe('')
    expect(loud.lines().map(({ level }) => level)).toContain('info')
  })

  it('goes on when nobody reads its log any more', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\n' })
    const { adminUrl } = sidecar
    sidecar.closeStdout()
    const env = { PODMATES_ADMIN: adminUrl.replace('http://', '') }
    expect((await podmate(['loglevel', 'debug'], env)).exitCode).toBe(0)
    expect((await podmate(['drain'], env)).exitCode).toBe(0)
    expect((await sidecar.get('/livez')).status).toBe(200)
    sidecar.signal('SIGTERM')
    expect(await sidecar.exited).toEqual({ exitCode: 0, signal: null })
    expect(sidecar.stderr()).toBe('echo: stdout takes nothing any more (EPIPE); log lines are lost\n')
  })
})

describe('client verbs', () => {
  it('probe is silent: exit code 0 or 1', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\n' })
    for (const probe of ['startup', 'live', 'ready']) {
      expect(await sidecar.podmate('probe', probe)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    }
    await sidecar.podmate('drain')
    expect(await sidecar.podmate('probe', 'ready')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'podmate: /readyz answered 503: draining\n',
    })
    expect((await sidecar.podmate('probe', 'live')).exitCode).toBe(0)
  })

  it('status is a few lines, and -o json has the same facts', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\n' })
    const { stdout } = await sidecar.podmate('status')
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['phase', 'config', 'greeting', 'log', 'memory'])
    expect(lines[0]).toMatch(/^phase {5}echo started for \d+s, version /)
    const json = JSON.parse((await sidecar.podmate('status', '-o', 'json')).stdout)
    expect(json).toMatchObject({ phase: { sidecar: 'echo', phase: 'started' }, greeting: { greeting: 'hello' } })
  })

  it('loglevel changes what the sidecar logs', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\n' })
    expect((await sidecar.podmate('loglevel', 'debug', '--for', '10m')).stdout).toBe('debug for 10m, then info\n')
    expect(await sidecar.line('log level changed')).toMatchObject({ from: 'info', to: 'debug', for_ms: 600_000 })
    expect((await sidecar.podmate('loglevel', 'warn')).stdout).toBe('warn\n')
    expect((await sidecar.podmate('loglevel', 'warn', '--for', '10')).stderr).toBe(
      'podmate: PM1110 the request says something that does not fit: for: expected a duration of 1s to 24h such as 10m, found "10". More: podmate explain PM1110\n',
    )
  })

  it('drain can be said twice and ends nothing', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\n' })
    const done = { exitCode: 0, stdout: 'draining\n', stderr: '' }
    expect(await sidecar.podmate('drain')).toEqual(done)
    expect(await sidecar.podmate('drain')).toEqual(done)
    expect((await sidecar.get('/livez')).status).toBe(200)
  })

  it('say what to do when the sidecar is not there', async () => {
    const address = `127.0.0.1:${await freePort()}`
    expect(await podmate(['status'], { PODMATES_ADMIN: address })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `podmate: PM1022 asked ${address}: nothing listens there. Does the sidecar run? If its admin.address is another one, name it with --admin HOST:PORT or in PODMATES_ADMIN.\n`,
    })
  })

  it('ask --admin before PODMATES_ADMIN', async () => {
    await using sidecar = await startSidecar({ main, config: 'greeting: hello\n' })
    const address = sidecar.adminUrl.replace('http://', '')
    const wrong = { PODMATES_ADMIN: `127.0.0.1:${await freePort()}` }
    expect((await podmate(['probe', 'live', '--admin', address], wrong)).exitCode).toBe(0)
    expect(await podmate(['probe', 'live', '--admin', 'nonsense'])).toMatchObject({
      exitCode: 2,
      stderr: 'podmate: PM1021 --admin: expected HOST:PORT, found "nonsense"\nAll verbs and options: podmate --help\n',
    })
  })

  it('load no server code, no YAML and no library', async () => {
    const args = ['--import', fileURLToPath(loadedModules), fileURLToPath(main)]
    const env = { ...process.env, PODMATES_ADMIN: '' }
    for (const verb of [['probe', 'live'], ['status'], ['drain'], ['loglevel', 'debug']]) {
      const { stderr } = await runToEnd([...args, ...verb], env)
      const loaded: string[] = JSON.parse(stderr.slice(stderr.indexOf('\n') + 1))
      expect(loaded).toContain('shared/cli/admin-client.ts')
      const tooMuch =
        /node_modules|node:(https?|http2|tls|v8)$|shared\/(admin|metrics|log\/(?!logger)|config\/(?!nearest))/
      expect(loaded.filter((url) => tooMuch.test(url))).toEqual([])
    }
  })
})

describe('verbs that need no running sidecar', () => {
  it('check says how much it has checked', async () => {
    const file = configFile('greeting: hello\n')
    expect(await podmate(['check', '--config', file])).toEqual({
      exitCode: 0,
      stdout: 'ok: 6 checks, 0 warnings\n',
      stderr: '',
    })
    expect(JSON.parse((await podmate(['check', '--config', file, '-o', 'json'])).stdout)).toEqual({
      ok: true,
      file,
      checks: 6,
      warnings: [],
      more: 0,
    })
  })

  it('check shows warnings with their place, and only --strict ends with 1 for them', async () => {
    const file = configFile('password: hunter22\ngreeting: bye\n')
    const warning = [
      `${file}:2:11 PM0303 warning: greeting: nobody greets like that`,
      '  2 | greeting: bye',
      '    |           ^^^ say hello',
    ].join('\n')
    expect(await podmate(['check', '--config', file])).toEqual({
      exitCode: 0,
      stdout: `${warning}\nok: 7 checks, 1 warning. More: podmate explain PM0303\n`,
      stderr: '',
    })
    expect(await podmate(['check', '--config', file, '--strict'])).toEqual({
      exitCode: 1,
      stdout: `${warning}\nnot ok: 7 checks, 1 warning. More: podmate explain PM0303\n`,
      stderr: '',
    })
    const { exitCode, stdout } = await podmate(['check', '--config', file, '-o', 'json', '--strict'])
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      checks: 7,
      warnings: [{ code: 'PM0303', file, line: 2, column: 11, path: 'greeting', hint: 'say hello' }],
    })
    expect((await podmate(['check', '--config', configFile('greeting: hello\n'), '--strict'])).exitCode).toBe(0)
  })

  it('check prints every problem and exits 1', async () => {
    const file = configFile('greting: hello\nadmin: { readOnly: perhaps }\n')
    const { exitCode, stdout } = await podmate(['check', '--config', file])
    expect(exitCode).toBe(1)
    expect(stdout.match(/PM\d{4} /g)).toEqual(['PM0107 ', 'PM0110 '])
    const json = JSON.parse((await podmate(['check', '--config', file, '-o', 'json'])).stdout)
    expect(json).toMatchObject({ ok: false, file, more: 0 })
    expect(json.problems.map((problem: { line: number; code: string }) => [problem.line, problem.code])).toEqual([
      [1, 'PM0107'],
      [2, 'PM0110'],
    ])
  })

  it('check shows the least that is needed when the file is missing', async () => {
    const { exitCode, stdout } = await podmate(['check', '--config', join(folder, 'missing.yaml')])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('PM0101')
    expect(stdout).toContain('greeting: hello')
  })

  it('print-config shows defaults, and no secret', async () => {
    const file = configFile('greeting: hello\npassword: hunter22\n')
    const { stdout } = await podmate(['print-config', '--config', file])
    expect(stdout).toContain('  address: 0.0.0.0:19099\n')
    expect(stdout).toContain('[redacted]')
    expect(stdout).not.toContain('hunter22')
  })

  it('schema is a JSON Schema with the descriptions of the keys', async () => {
    const schema = JSON.parse((await podmate(['schema'])).stdout)
    expect(schema).toMatchObject({ title: 'A sidecar for tests', additionalProperties: false })
    expect(schema.properties.greeting.description).toBe('What it says.')
  })

  it('explain tells why and what to do, however the code is written', async () => {
    const { exitCode, stdout } = await podmate(['explain', 'pm1101'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^PM1101 the address is in use\n\nWhy {4}Something else .*\nDo {5}Give one of the two/)
  })

  it('explain says when there is no such code', async () => {
    const { exitCode, stderr } = await podmate(['explain', 'PM9999'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('there is no code PM9999')
  })

  it('version names the sidecar, its version and Node', async () => {
    const { stdout } = await podmate(['version', '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ sidecar: 'echo', version: expect.any(String), node: process.version })
  })

  it('--help lists every verb and where the sidecar is asked', async () => {
    const { exitCode, stdout } = await podmate(['--help'])
    expect(exitCode).toBe(0)
    for (const verb of ['run', 'check', 'print-config', 'schema', 'probe', 'status', 'loglevel', 'drain', 'explain']) {
      expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'))
    }
    expect(stdout).toContain('127.0.0.1:19099')
  })

  it('what is not understood exits 2 and names what was meant', async () => {
    expect(await podmate(['chek'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'podmate: PM1021 unknown verb "chek"; did you mean "check"?\nAll verbs and options: podmate --help\n',
    })
  })
})
