import { expect, it } from 'vitest'
import { readManifest } from '../manifest/read-manifest.ts'
import { goldenOfCase, readCases } from './cases.ts'

const cases = readCases()

it('has the Pods that it is said to have', () => {
  expect(cases.length).toBeGreaterThanOrEqual(50)
})

it.each(cases)('$name says what it shows, bears the name of its file, and was recorded', (each) => {
  expect(each.text).toMatch(/^# S\d+(, S\d+)*: /)
  expect(readManifest([{ file: each.file, text: each.text }]).pod.name).toBe(each.name)
  expect(goldenOfCase(each).runs).not.toEqual({})
})

it('all were recorded on the same version of Kubernetes', () => {
  expect(new Set(cases.map((each) => goldenOfCase(each).kubernetes)).size).toBe(1)
})

it('no two use the same port, because as processes they run on one machine', () => {
  const ports = cases.flatMap(({ text }) => [...text.matchAll(/-serve=(\d+)/g)].map(([, port]) => port))
  expect(ports).toEqual([...new Set(ports)])
  expect(ports.length).toBeGreaterThan(20)
})
