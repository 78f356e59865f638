import { describe, expect, it } from 'vitest'
import { readArguments } from './arguments.ts'
import type { SidecarFace } from './sidecar-definition.ts'

const echo: SidecarFace = { name: 'echo', adminPort: 19099 }

const waiter: SidecarFace = {
  name: 'init-waiter',
  targets: {
    usage: 'TARGET...',
    does: 'Waits.',
    options: { timeout: { value: 'DURATION', does: 'Gives up.' } },
    isTarget: (word) => word.includes(':'),
    toConfig: () => '',
  },
}

const read = (line: string, sidecar = echo) => readArguments(line === '' ? [] : line.split(' '), sidecar)

/** The request that a line stands for, with the options that it does not name left at their defaults. */
const verb = (name: string, operands: string[] = [], options: object = {}) => ({
  kind: 'verb',
  verb: name,
  operands,
  options: { output: 'text', target: {}, ...options },
})

describe('what is understood', () => {
  it.each([
    ['', verb('run')],
    ['run', verb('run')],
    ['--config x.yaml', verb('run', [], { config: 'x.yaml' })],
    ['--config=x.yaml check', verb('check', [], { config: 'x.yaml' })],
    ['check --config a --config b', verb('check', [], { config: 'b' })],
    ['run --log-level debug --admin 127.0.0.1:0', verb('run', [], { logLevel: 'debug', admin: '127.0.0.1:0' })],
    ['status -o json', verb('status', [], { output: 'json' })],
    ['probe live', verb('probe', ['live'])],
    ['check --strict', verb('check', [], { strict: true })],
    ['loglevel debug --for 10m', verb('loglevel', ['debug'], { for: '10m' })],
    ['explain -- PM0107', verb('explain', ['PM0107'])],
    ['--help', { kind: 'help' }],
    ['-h', { kind: 'help' }],
    ['check --help', { kind: 'help', verb: 'check' }],
  ])('"%s"', (line, request) => {
    expect(read(line)).toEqual(request)
  })

  it.each([
    ['tcp://db:5432', verb('run', ['tcp://db:5432'])],
    ['tcp://db:5432 dns:x --timeout 60s', verb('run', ['tcp://db:5432', 'dns:x'], { target: { timeout: '60s' } })],
    ['check tcp://db:5432', verb('check', ['tcp://db:5432'])],
    ['run --config x.yaml', verb('run', [], { config: 'x.yaml' })],
  ])('"%s" by a sidecar that takes targets', (line, request) => {
    expect(read(line, waiter)).toEqual(request)
  })
})

describe('what is refused', () => {
  it.each([
    ['chek', 'unknown verb "chek"; did you mean "check"?'],
    [
      'serve',
      'unknown verb "serve"; the verbs are run, check, print-config, schema, probe, status, loglevel, drain, explain, version',
    ],
    ['tcp://db:5432', expect.stringContaining('unknown verb "tcp://db:5432"')],
    ['--confg x', 'unknown option --confg; did you mean "--config"?'],
    ['-x', 'unknown option -x'],
    ['check --config', '--config needs a value'],
    ['check --config --help', '--config needs a value'],
    ['check --config=', '--config needs a value'],
    ['check --help=yes', '--help takes no value'],
    ['check --for 10m', 'check does not take --for; it belongs to loglevel'],
    ['check x.yaml', 'check does not take "x.yaml"'],
    ['probe', 'probe needs startup|live|ready'],
    ['probe live ready', 'probe does not take "ready"'],
    ['status -o yaml', '-o knows json, not "yaml"'],
    ['run --log-level debgu', '"debgu" is no log level; did you mean "debug"?'],
    ['run --log-level loud', '"loud" is no log level; the levels are trace, debug, info, warn, error'],
  ])('"%s"', (line, reason) => {
    expect(read(line)).toEqual({ kind: 'refused', reason })
  })

  it.each([
    ['status', 'init-waiter has no verb "status": it has no admin server that could be asked'],
    ['run --admin 127.0.0.1:1', 'run does not take --admin'],
    ['tcp', 'unknown verb "tcp"; the verbs are run, check, print-config, schema, explain, version'],
    ['tcp://db:5432 --config x.yaml', 'targets and --config exclude each other'],
    ['run --timeout 60s', '--timeout goes with targets on the command line'],
    ['explain PM0107 --timeout 60s', 'explain does not take --timeout'],
    ['--timeot 60s tcp://db:5432', 'unknown option --timeot; did you mean "--timeout"?'],
  ])('"%s" by a sidecar that takes targets and has no admin server', (line, reason) => {
    expect(read(line, waiter)).toEqual({ kind: 'refused', reason })
  })
})
