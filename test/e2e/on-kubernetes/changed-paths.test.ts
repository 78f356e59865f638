import { expect, it } from 'vitest'
import { changedPaths } from './changed-paths.ts'

const before = { spec: { replicas: 2, containers: [{ name: 'web', ports: [80] }] } }

it.each([
  ['nothing', before, []],
  ['a new key', { spec: { ...before.spec, volumes: [] } }, ['spec.volumes']],
  ['a key that is gone', { spec: { containers: before.spec.containers } }, ['spec.replicas']],
  ['another value', { spec: { ...before.spec, replicas: 3 } }, ['spec.replicas']],
  ['a longer list', { spec: { ...before.spec, containers: [...before.spec.containers, {}] } }, ['spec.containers']],
  [
    'a key inside a list of the same length',
    { spec: { ...before.spec, containers: [{ name: 'web', ports: [80], volumeMounts: [] }] } },
    ['spec.containers.0.volumeMounts'],
  ],
  ['a value where there was an object', { spec: 'none' }, ['spec']],
])('tells %s', (_what, after, paths) => {
  expect(changedPaths(before, after)).toEqual(paths)
})
