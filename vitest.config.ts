import { defineConfig } from 'vitest/config'

/** One project per tier of `npm test`; `vitest run --project unit shared/volume` runs one room. */
const project = (name: string, include: string[], options: object = {}) => ({
  test: { name, include, exclude: ['**/node_modules/**', '**/dist/**'], ...options },
})

/** Pods spend their time waiting: many at once are no load, but more would make times long that are judged. */
const podsAtOnce = { testTimeout: 120_000, maxConcurrency: 12 }
const onContainers = { testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false }

export default defineConfig({
  test: {
    projects: [
      project('unit', [
        'shared/**/*.test.ts',
        'sidecars/**/*.test.ts',
        'test/pod/**/*.test.ts',
        'test/bench/**/*.test.ts',
        'test/kube/**/*.test.ts',
        'test/docker/**/*.test.ts',
        'test/e2e/on-kubernetes/**/*.test.ts',
        'tools/**/*.test.ts',
      ]),
      project('corpus', ['test/pod/corpus/process.corpus.ts'], podsAtOnce),
      project('corpus-docker', ['test/pod/corpus/docker.corpus.ts'], { ...podsAtOnce, maxConcurrency: 8 }),
      project('house', ['test/house/**/*.test.ts'], { testTimeout: 60_000 }),
      project('integration', ['test/integration/**/*.test.ts'], onContainers),
      project('manifests', ['test/conformance/manifests/*.test.ts'], onContainers),
      project('conformance', ['test/conformance/*.test.ts'], onContainers),
      project('e2e', ['test/e2e/demo.test.ts'], onContainers),
      project('e2e-docker', ['test/e2e/*.docker.test.ts'], onContainers),
    ],
  },
})
