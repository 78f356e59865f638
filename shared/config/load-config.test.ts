import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { block } from './block.ts'
import { named } from './collections.ts'
import { defineConfig } from './define-config.ts'
import { loadConfig, loadConfigFile } from './load-config.ts'
import { configBytesMax } from './source.ts'
import { type SampleConfig, sampleDefinition } from './testdata/sample-config.ts'
import { sampleWorld } from './testdata/sample-world.ts'
import { text } from './values/text.ts'

const smallest = 'upstreams: { app: { dns: "app:8080" } }\n'

function load(text: string | Uint8Array) {
  return loadConfig(sampleDefinition, { file: 'sample.yaml', text }, sampleWorld)
}

function loadGood(text: string) {
  const result = load(text)
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result
}

function problemsOf(text: string | Uint8Array) {
  const result = load(text)
  return result.ok ? [] : result.problems
}

describe('the value', () => {
  it('has every default, in the units of the code', () => {
    const { value } = loadGood(smallest)
    expect(value).toEqual({
      admin: { address: { host: '0.0.0.0', port: 19001 }, readOnly: false },
      access: 'errors',
      drain: { timeout: 20_000 },
      limits: { head: 32_768 },
      mode: 0o640,
      headers: {},
      routes: [],
      upstreams: {
        app: {
          dns: { host: 'app', port: 8080 },
          balancer: 'round-robin',
          retries: 1,
          backoff: { minMs: 1000, maxMs: 60_000 },
        },
      },
    } satisfies SampleConfig)
  })

  it('takes a plain reference as the number or flag that it stands for', () => {
    const { value } = loadGood(`${smallest}port: \${PORT}\nadmin:\n  readOnly: \${FLAG}\n`)
    expect(value.port).toBe(8080)
    expect(value.admin.readOnly).toBe(true)
  })

  it('takes a plain reference as text where text is wanted, digit for digit', () => {
    const { value } = loadGood(`${smallest}headers:\n  a: \${PORT}\n  b: \${PIN}\n  c: \${file:/secrets/number}\n`)
    expect(value.headers).toEqual({ a: '8080', b: '0042', c: '7351924680' })
  })

  it('takes a quoted reference, or one inside a longer text, as text', () => {
    const { value } = loadGood(`${smallest}headers: { a: "\${PORT}", b: "\${FLAG}" }\npath: /run/\${PORT}\n`)
    expect(value.headers).toEqual({ a: '8080', b: 'true' })
    expect(value.path).toBe('/run/8080')
  })

  it('takes the octal digits of a file mode, however YAML would read them', () => {
    for (const mode of ['0640', '640', '0o640', '"0640"']) {
      expect(loadGood(`${smallest}mode: ${mode}\n`).value.mode).toBe(0o640)
    }
  })

  it('follows anchors', () => {
    const { value } = loadGood('upstreams:\n  a: &a { dns: "a:80", retries: 2 }\n  b: *a\n')
    expect(value.upstreams.b).toEqual(value.upstreams.a)
  })

  it('may begin with the version of the keys, which is no part of it', () => {
    expect(loadGood(`apiVersion: podmates/v1\n${smallest}`).value).toEqual(loadGood(smallest).value)
  })

  it('ignores a byte order mark', () => {
    expect(loadGood(`\uFEFF${smallest}`).value).toEqual(loadGood(smallest).value)
    expect(problemsOf(`\uFEFFprot: 1\n${smallest}`)[0]).toMatchObject({ line: 1, column: 1 })
  })
})

describe('problems', () => {
  it('have the same facts for machines as for people', () => {
    expect(problemsOf('upstreams:\n  app:\n    dns: app:8080\n    retires: 2\n')).toEqual([
      {
        code: 'PM0107',
        file: 'sample.yaml',
        line: 4,
        column: 5,
        path: 'upstreams.app.retires',
        message: 'unknown key "retires" in upstreams.app',
        expected: 'one of endpoints, dns, balancer, retries, backoff',
        found: '"retires"',
        hint: 'did you mean "retries"?',
        source: { text: '    retires: 2', markFrom: 4, markLength: 7 },
      },
    ])
  })

  it('are all reported at once, those of the schema beside those of ${...}', () => {
    const codes = problemsOf('port: ${NOWHERE}\nhedge: {}\nupstreams: []\n').map(({ code }) => code)
    expect(codes).toEqual(['PM0113', 'PM0109', 'PM0110'])
  })

  it('name every missing key of a block, and of a block that aliases share each key once', () => {
    const needy = block({ one: text(), two: text() })
    const definition = defineConfig({
      name: 'needy',
      title: 'Needy',
      schema: block({ first: text(), second: text(), blocks: v.optional(named(block({ inner: needy })), {}) }),
    })
    const pathsOf = (yaml: string) => {
      const result = loadConfig(definition, { file: 'needy.yaml', text: yaml }, sampleWorld)
      return result.ok ? [] : result.problems.map(({ path }) => path)
    }
    expect(pathsOf('{}')).toEqual(['first', 'second'])
    const shared = 'blocks:\n  a: &a { inner: {} }\n  b: *a\n'
    expect(pathsOf(`first: x\nsecond: x\n${shared}`)).toEqual(['blocks.a.inner.one', 'blocks.a.inner.two'])
  })

  it.each(['null', '~'])('say that a file with %s has nothing in it', (nothing) => {
    expect(problemsOf(nothing)).toMatchObject([
      { message: 'expected a block of keys, found nothing', found: 'nothing' },
    ])
  })

  it('say nothing more about a value that could not be read', () => {
    expect(problemsOf(`${smallest}port: \${NOWHERE}\n`).map(({ code }) => code)).toEqual(['PM0113'])
  })

  it('say once what is wrong with a value that aliases share', () => {
    const codes = problemsOf('upstreams:\n  a: &a { dns: "a:80", retries: 99 }\n  b: *a\n').map(({ code }) => code)
    expect(codes).toEqual(['PM0111'])
  })

  it('name a file that is too large, and read nothing of it', () => {
    const [problem, ...more] = problemsOf(`# ${'x'.repeat(configBytesMax)}`)
    expect(problem).toMatchObject({ code: 'PM0102', found: `${configBytesMax + 2} bytes` })
    expect(more).toEqual([])
  })

  it.each(['[', '{a: ', '- ', '? '])('name a file of nothing but %s, which goes deeper than the stack', (piece) => {
    expect(problemsOf(piece.repeat(20_000)).map(({ code }) => code)).toContain('PM0106')
  })

  it('count thousands of unknown keys without losing one, and show the lines of the first 20', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `unknown${index}: 1`)
    const problems = problemsOf(`${smallest}${keys.join('\n')}`)
    expect(problems).toHaveLength(5000)
    expect(problems.filter(({ source }) => source !== undefined)).toHaveLength(20)
  })

  it('cannot be caused in the prototype of an object', () => {
    problemsOf('__proto__: { polluted: true }\nheaders: { __proto__: { polluted: true } }\nconstructor: {}\n')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('of the whole stand beside those that leave the value as it is', () => {
    const text = `port: 1\nport: 2\nroutes: [{ host: a, upstream: app }, { host: a, upstream: app }]\n${smallest}`
    expect(problemsOf(text).map(({ code }) => code)).toEqual(['PM0105', 'PM0203'])
  })

  it('keep a reference the number that it looks like when it is no better as a text', () => {
    const [problem] = problemsOf(`${smallest}port: \${BIG}\n`)
    expect(problem).toMatchObject({ code: 'PM0111', found: '70000 from ${BIG}' })
  })

  it('give no hint that would repeat a secret', () => {
    const [problem] = problemsOf(`${smallest}client: { id: x, key: 12345 }\n`)
    expect(problem).toMatchObject({ found: 'a secret (not shown)' })
    expect(problem).not.toHaveProperty('hint')
  })

  it('of names that nothing has stand beside all others, in whatever block', () => {
    const text = `${smallest}routes: [{ upstream: nothing, host: 5 }, { upstream: ap }]\ndrain: { timeout: 5 }\n`
    expect(problemsOf(text).map(({ code, path }) => `${code} ${path}`)).toEqual([
      'PM0201 routes[0].upstream',
      'PM0110 routes[0].host',
      'PM0201 routes[1].upstream',
      'PM0110 drain.timeout',
    ])
  })

  it.each([
    ['is missing', '', 'PM0108 upstreams'],
    ['is misspelt', 'upstream: { app: { dns: "app:1" } }', 'PM0107 upstream'],
    ['is none', 'upstreams: [app]', 'PM0110 upstreams'],
    ['has that name for something wrong', 'upstreams: { app: ~ }', 'PM0110 upstreams.app'],
    ['cannot be read', 'upstreams: ${NOTHING}', 'PM0113 upstreams'],
  ])('say nothing of a name where the block that should have it %s', (_what, block, problem) => {
    const problems = problemsOf(`routes: [{ upstream: app }]\n${block}\n`)
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([problem])
  })

  it('of the whole are looked for only when every key is right', () => {
    const codes = problemsOf(`${smallest}routes: [{ host: a, upstream: app }, { host: a, upstream: app }]\nport: x\n`)
    expect(codes.map(({ code }) => code)).toEqual(['PM0110'])
  })
})

describe('secrets', () => {
  const text = `${smallest}client: { id: checkout, key: literal-secret }
database: postgres://shop:\${file:/secrets/db}@db/shop
collector: https://shop:url-secret@collector
headers: { Authorization: "Bearer \${DB_PASSWORD}", x-api-key: plain-secret, x: "a \${file:/secrets/db} b" }
`

  it('are listed for the log, wherever they came from', () => {
    const { secrets } = loadGood(text)
    expect(secrets).toEqual(
      expect.arrayContaining(['literal-secret', 'url-secret', 'hunter2', 'canary-env', 'plain-secret']),
    )
  })

  it('reach the value', () => {
    const { value } = loadGood(text)
    expect(value.database).toBe('postgres://shop:hunter2@db/shop')
    expect(value.headers.Authorization).toBe('Bearer canary-env')
  })

  it('are replaced in the effective config: by key, by origin and in URLs', () => {
    const { printable } = loadGood(text)
    expect(printable).toContain('key: "[redacted]"')
    expect(printable).toContain('database: postgres://shop:[redacted]@db/shop')
    expect(printable).toContain('collector: https://shop:[redacted]@collector')
    expect(printable).toContain('Authorization: "[redacted]"')
    expect(printable).toContain('x: a [redacted] b')
    expect(printable).not.toMatch(/literal-secret|url-secret|hunter2|canary-env|plain-secret/)
  })

  it('do not change the hash, from which a short one could be guessed', () => {
    const other = text.replace('literal-secret', 'another-secret')
    expect(loadGood(other).hash).toBe(loadGood(text).hash)
  })
})

describe('the effective config', () => {
  it('shows every default in the notation of the configuration', () => {
    expect(loadGood(smallest).printable).toBe(`apiVersion: podmates/v1
admin:
  address: 0.0.0.0:19001
  readOnly: false
access: errors
drain:
  timeout: 20s
limits:
  head: 32KiB
mode: "0640"
headers: {}
routes: []
upstreams:
  app:
    dns: app:8080
    balancer: round-robin
    retries: 1
    backoff: 1s..1m
`)
  })

  it('is a config that means the same', () => {
    const text = `${smallest}headers: { a: "$\${HOME} $$\${x}", b: "12", c: "true", d: " \\n" }\naccess: { sample: 0.5 }\ndrain: { timeout: 90s }\n`
    const first = loadGood(text)
    const again = loadGood(first.printable)
    expect(again.value).toEqual(first.value)
    expect(again.printable).toBe(first.printable)
    expect(again.hash).toBe(first.hash)
  })

  it('has the same hash for another order and another notation, and another for another meaning', () => {
    const { hash } = loadGood(`drain: { timeout: 60s }\n${smallest}`)
    expect(hash).toMatch(/^[0-9a-f]{12}$/)
    expect(loadGood(`${smallest}drain: { timeout: 1m }\n`).hash).toBe(hash)
    expect(loadGood('upstreams: { b: { dns: "b:1" }, a: { dns: "a:1" } }').hash).toBe(
      loadGood('upstreams: { a: { dns: "a:1" }, b: { dns: "b:1" } }').hash,
    )
    expect(loadGood(`${smallest}drain: { timeout: 61s }\n`).hash).not.toBe(hash)
  })
})

describe('a configuration file', () => {
  const world = (files: Readonly<Record<string, string>>) => ({
    env: {},
    readFile: (path: string) => {
      const content = files[path]
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return Buffer.from(content)
    },
  })
  const optional = defineConfig({ name: 'adapter', title: 'Adapter', schema: block({ labels: named(block({})) }) })
  const free = defineConfig({ name: 'adapter', title: 'Adapter', schema: block({}) })

  it('is read by its path', () => {
    const result = loadConfigFile(
      sampleDefinition,
      { file: '/etc/s.yaml', ifMissing: 'refuse' },
      world({ '/etc/s.yaml': smallest }),
    )
    expect(result.ok).toBe(true)
  })

  it('that is missing says which lines are needed', () => {
    const result = loadConfigFile(sampleDefinition, { file: '/etc/s.yaml', ifMissing: 'defaults' }, world({}))
    expect(result.ok ? [] : result.problems).toEqual([
      {
        code: 'PM0101',
        file: '/etc/s.yaml',
        line: 0,
        column: 0,
        path: '',
        message: 'cannot be read: there is no such file',
        hint: 'the least that is needed:\nupstreams:\n  app: { endpoints: ["127.0.0.1:8080"] }',
      },
    ])
  })

  it('that is missing means all defaults where the sidecar can work so, and was not told to read it', () => {
    const missing = world({})
    expect(loadConfigFile(free, { file: '/etc/a.yaml', ifMissing: 'defaults' }, missing).ok).toBe(true)
    expect(loadConfigFile(free, { file: '/etc/a.yaml', ifMissing: 'refuse' }, missing).ok).toBe(false)
    expect(loadConfigFile(optional, { file: '/etc/a.yaml', ifMissing: 'defaults' }, missing).ok).toBe(false)
  })
})
