import { loadConfig } from '@podmates/shared/config/load-config.ts'
import { describe, expect, it } from 'vitest'
import { configDefinition } from './config.ts'

/** The code of each warning and the text that its mark stands under. */
function warningsOf(text: string): string[] {
  const world = { env: {}, readFile: () => new Uint8Array() }
  const loaded = loadConfig(configDefinition, { file: 'ambassador.yaml', text }, world)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
  return loaded.warnings.map(({ code, line, source }) => {
    const { text: shown = '', markFrom = 0, markLength = 0 } = source ?? {}
    return `${code} line ${line}: ${shown.slice(markFrom, markFrom + markLength)}`
  })
}

const two = 'upstreams: { a: { endpoints: ["10.0.0.1:80", "10.0.0.2:80"] } }\n'
const routes = (...rows: string[]) =>
  `listeners:\n  x:\n    address: 127.0.0.1:1\n    routes:\n${rows.map((row) => `      - ${row}\n`).join('')}`

describe('warns of', () => {
  it.each([
    {
      what: 'a route behind one that takes all of it',
      text: routes('{ match: { path: /v1/* }, upstream: a }', '{ match: { path: /v1/b }, status: 404 }') + two,
      warnings: ['PM0302 line 6: { match: { path: /v1/b }, status: 404 }'],
    },
    {
      what: 'an upstream that nothing leads to',
      text: `${routes('{ upstream: a }')}${two}  `.replace('upstreams: {', 'upstreams: { b: { dns: "b:80" },'),
      warnings: ['PM0303 line 6: b'],
    },
    {
      what: 'a body that never finds room',
      text: `${routes('{ upstream: a, retry: { bodyBytes: 1MiB } }')}${two}limits: { replayBytes: 512KiB }\n`,
      warnings: ['PM0304 line 5: 1MiB'],
    },
    {
      what: 'a hedge after the end of the attempt',
      text: `listeners: { x: { address: "127.0.0.1:1", upstream: a, retry: { perTry: 100ms }, hedge: { after: 100ms } } }\n${two}`,
      warnings: ['PM0305 line 1: 100ms'],
    },
    {
      what: 'more hedges than endpoints',
      text: routes('{ upstream: a, hedge: { max: 2 } }') + two,
      warnings: ['PM0306 line 5: 2'],
    },
    {
      what: 'a forward proxy for other Pods',
      text: `listeners: { x: { address: "0.0.0.0:1", upstream: a, forward: { allow: ["*:443"] } } }\n${two}`,
      warnings: ['PM0307 line 1: forward'],
    },
  ])('$what', ({ text, warnings }) => {
    expect(warningsOf(text)).toEqual(warnings)
  })
})

describe('says nothing of', () => {
  it.each([
    { what: 'the least that is needed', text: configDefinition.minimal ?? '' },
    {
      what: 'a special route before a general one',
      text: routes('{ match: { path: /v1/b }, status: 404 }', '{ match: { path: /v1/* }, upstream: a }') + two,
    },
    {
      what: 'a lower limit for all bodies than the default of one',
      text: `${routes('{ upstream: a }')}${two}limits: { replayBytes: 32KiB }\n`,
    },
    {
      what: 'bodies that are not kept at all',
      text: `${routes('{ upstream: a }')}${two}limits: { replayBytes: 0B }\n`,
    },
    {
      what: 'a hedge before the end of the attempt',
      text: routes('{ upstream: a, retry: { perTry: 100ms }, hedge: { after: 99ms } }') + two,
    },
    {
      what: 'hedges to endpoints that are looked up',
      text: `${routes('{ upstream: a, hedge: { max: 5 } }')}upstreams: { a: { dns: "a:80" } }\n`,
    },
    {
      what: 'a forward proxy for the app',
      text: `listeners: { x: { address: "127.0.0.1:1", upstream: a, forward: { allow: ["*:443"] } } }\n${two}`,
    },
  ])('$what', ({ text }) => {
    expect(warningsOf(text)).toEqual([])
  })
})
