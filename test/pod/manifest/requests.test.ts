import { describe, expect, it } from 'vitest'
import type { PodSpec } from './pod-manifest.ts'
import { parseQuantity } from './quantity.ts'
import { readManifest } from './read-manifest.ts'
import { effectiveRequest } from './requests.ts'

function pod(initContainers: readonly string[], containers: readonly string[]): PodSpec {
  const entries = (prefix: string, list: readonly string[]): string =>
    list.map((entry, at) => `{ name: ${prefix}${at}, image: i, ${entry} }`).join(', ')
  const lists = `initContainers: [${entries('i', initContainers)}], containers: [${entries('a', containers)}]`
  const text = `kind: Pod\nmetadata: { name: web }\nspec: { ${lists} }`
  return readManifest([{ file: 'pod.yaml', text }]).pod
}

const init = (memory: string): string => `resources: { requests: { memory: ${memory} } }`
const sidecar = (memory: string): string => `restartPolicy: Always, ${init(memory)}`
const mebibytes = (spec: PodSpec): number => effectiveRequest(spec, 'memory') / 2 ** 20

describe('the request of a Pod', () => {
  it('S17 is the sum of sidecars and apps when that is the largest', () => {
    expect(mebibytes(pod([sidecar('64Mi'), init('10Mi')], [init('100Mi'), init('20Mi')]))).toBe(184)
  })

  it('S17 counts a plain init container together with the sidecars listed before it', () => {
    const big = '500Mi'
    expect(mebibytes(pod([sidecar('64Mi'), init(big), sidecar('32Mi')], [init('100Mi')]))).toBe(564)
    expect(mebibytes(pod([init(big), sidecar('64Mi'), sidecar('32Mi')], [init('100Mi')]))).toBe(500)
  })

  it('is nothing where nothing is requested', () => {
    expect(effectiveRequest(pod([], ['env: []']), 'cpu')).toBe(0)
  })
})

describe('a quantity', () => {
  it.each([
    ['250m', 0.25],
    ['2', 2],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['128Mi', 134_217_728],
    ['1.5Gi', 1_610_612_736],
    ['64k', 64_000],
    ['many', undefined],
    ['1Zi', undefined],
    ['', undefined],
  ])('%s is %s', (text, value) => {
    expect(parseQuantity(text)).toBe(value)
  })
})
