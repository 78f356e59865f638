import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { followLog, type LogLine } from './container-log.ts'
import type { AskOptions, Kube } from './kube.ts'

/** A cluster that only has the log of one container. */
function kubeWithLog(text: string): { kube: Kube; asked: AskOptions['query'][] } {
  const asked: AskOptions['query'][] = []
  const stream = async (_path: string, { query }: AskOptions): Promise<Readable> => {
    asked.push(query)
    return Readable.from([text])
  }
  return { kube: { stream } as unknown as Kube, asked }
}

it.each([
  ['the present run, to its end', {}, { container: 'app', follow: true, timestamps: true }],
  ['a run that is over', { previous: true }, { container: 'app', follow: false, timestamps: true, previous: true }],
])('reads %s', async (_what, which, query) => {
  const { kube, asked } = kubeWithLog('2026-01-01T00:00:00.500000000Z up\n')
  const lines: LogLine[] = []
  const place = { namespace: 'shop', pod: 'test', container: 'app', run: 1, ...which }
  await followLog(kube, place, (line) => lines.push(line), new AbortController().signal)
  expect(asked).toEqual([query])
  expect(lines).toEqual([{ container: 'app', run: 1, atMs: Date.parse('2026-01-01T00:00:00Z') + 500, text: 'up' }])
})
