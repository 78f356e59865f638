import { describe, expect, it } from 'vitest'
import { booleanParameters, changingModuleState, takesOfTheWorld } from './snippets.ts'

describe('taking of the world', () => {
  it.each([
    'const id = randomUUID()',
    "import { randomBytes } from 'node:crypto'",
    'crypto.getRandomValues(bytes)',
    'const now = new globalThis.Date()',
    'globalThis.setTimeout(tick, 1)',
    "globalThis['Date']",
    'const now = new Date()',
    'const now = new Date',
    'const text = Date()',
    'const now = Date.now()',
    'const take = Date.now',
    'const now = performance.now()',
    'const share = Math.random()',
    'process.hrtime.bigint()',
    "import { setTimeout as delay } from 'node:timers/promises'",
    'setTimeout(tick, 1)',
    'AbortSignal.timeout(5)',
  ])('is found in %s', (line) => {
    expect(takesOfTheWorld(`first()\n${line}\n`)).toEqual([`2: ${line}`])
  })

  it.each([
    'new Date(clock.wall()).toISOString()',
    'clock.now()',
    'server.setTimeout(5)',
    '// Math.random() would do',
    '/** as `Date.now()` */',
    'httpDate(ms)',
    'const toDate = (ms: number): Date => new Date(ms)',
  ])('is not found in %s', (line) => {
    expect(takesOfTheWorld(line)).toEqual([])
  })
})

describe('state of a module that changes', () => {
  it.each([
    'let cache = 1',
    'const cache = new Map()',
    'const cache: Map<string, number> = new Map<string, number>()',
    "const cache = new Map([['a', 1]])\ncache.set('b', 2)",
    "const cache = new Map([['a', 1]])\nfunction keep() {\n  cache.set('b', 2)\n}",
    'const cache = new Set([1])\nexport const forget = () =>\n  cache.clear()',
    'const cache: string[] = []\nfunction keep(word: string) {\n  cache.push(word)\n}',
    'export const cache = { last: 0 }\nfunction keep() {\n  cache.last = 1\n}',
    'const cache = { count: 0 }\nfunction count() {\n  cache.count += 1\n}',
    'const cache = { count: 0 }\nfunction count() {\n  cache.count++\n}',
    'const cache: Record<string, number> = {}\nfunction keep(key: string) {\n  cache[key] = 1\n}',
    'const cache = Buffer.alloc(64)',
  ])('is found in %j', (text) => {
    expect(changingModuleState(text)).toEqual(['cache'])
  })

  it.each([
    "const table = new Map([['a', 1]])\nexport const find = (key: string) => table.get(key)",
    "const table = ['a', 'b']\nfunction all() {\n  return table.toSorted()\n}",
    'const none = Buffer.alloc(0)',
    'const table = { a: 1 }\nif (table.a === 1) go()',
    'function make() {\n  const cache = new Map()\n  cache.set(1, 2)\n}',
    'const table = [1]\nfunction fill(other: { table: number[] }) {\n  other.table.push(1)\n}',
  ])('is not found in %j', (text) => {
    expect(changingModuleState(text)).toEqual([])
  })
})

describe('a boolean parameter', () => {
  it.each([
    ['function read(text: string, toHead: boolean): void {}', 'read(toHead)'],
    ['export async function read(toHead?: boolean) {}', 'read(toHead)'],
    ['function read(toHead: boolean = false) {}', 'read(toHead)'],
    ['  constructor(endpoint: Endpoint, isPanic: boolean) {', 'constructor(isPanic)'],
    ['  #finish(\n    text: string,\n    isClean: boolean,\n  ): void {', '#finish(isClean)'],
    ['  onTruncated(copyFound: boolean): void', 'onTruncated(copyFound)'],
    ['const read = (text: string, toHead: boolean): void => {}', 'read(toHead)'],
    ['  readonly onLine: (line: Buffer, isCut: boolean) => void', 'onLine(isCut)'],
    ['function pick<T>(of: T, map: (a: T, b: T) => T, isAll: boolean): T {', 'pick(isAll)'],
  ])('is found in %j', (text, place) => {
    expect(booleanParameters(text)).toEqual([place])
  })

  it.each([
    'function finish({ isClean }: { isClean: boolean }): void {}',
    'function read(text: string): boolean {}',
    'function keep(test: (word: string) => boolean): void {}',
    'interface Options { readonly isOn: boolean }',
    'function is(value: unknown): value is boolean {}',
    'function show(value: boolean | string): string {}',
    '// function read(toHead: boolean)',
  ])('is not found in %j', (text) => {
    expect(booleanParameters(text)).toEqual([])
  })
})
