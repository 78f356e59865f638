import { expect, it } from 'vitest'
import { higherOf, workingSetsOf } from './memory.ts'

const page = `# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="ambassador",namespace="shop",pod="a"} 3.022848e+07 1795520752301
container_memory_working_set_bytes{container="ambassador",namespace="shop",pod="b"} 2.5e+07 1795520752301
container_memory_working_set_bytes{container="ambassador",namespace="other",pod="c"} 9e+07 1795520752301
container_cpu_usage_seconds_total{container="ambassador",namespace="shop",pod="a"} 1.3 1795520752301
pod_memory_working_set_bytes{namespace="shop",pod="a"} 5e+07 1795520752301
`

it('reads the highest working set of each container in the namespace', () => {
  expect(workingSetsOf(page, 'shop')).toEqual({ ambassador: 30_228_480 })
})

it('keeps the higher of two measurements, and what only one has', () => {
  expect(higherOf({ a: 1, b: 5 }, { a: 2, b: 4, c: 3 })).toEqual({ a: 2, b: 5, c: 3 })
})
