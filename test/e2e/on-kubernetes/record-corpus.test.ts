import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kube } from '../../kube/kube.ts'
import type { Case } from '../../pod/corpus/cases.ts'
import { readGolden } from '../../pod/corpus/golden.ts'
import { exits, lifeOf, runs, terminating } from '../../pod/corpus/life.case.ts'
import type { Life } from '../../pod/corpus/life.ts'
import { type PlayRound, recordCorpus } from './record-corpus.ts'
import type { Run } from './run-scenarios.ts'

/** The app is deleted at 5 s, and exits so much later. */
const endsAfter = (seconds: number, exitCode = 0): Life =>
  lifeOf([
    [1, runs('app')],
    [5, terminating('Deleted')],
    [5, { container: 'app', run: 0, what: 'stopSignal', why: 'termination' }],
    [5 + seconds, exits('app', exitCode)],
  ])

describe('the recording of the corpus', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'podmates-record-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const caseOf = (name: string): Case => ({
    name,
    file: join(folder, `${name}.yaml`),
    text: '',
    plan: { kind: 'ends by itself' },
    goldenFile: join(folder, `${name}.kubelet.yaml`),
  })

  /** Records with lives from a table: `name` to one life, or one reason of failure, for each round. */
  async function record(table: Readonly<Record<string, readonly (Life | string)[]>>, over = new AbortController()) {
    const printed: string[] = []
    const played: string[] = []
    const run = {
      kube: { version: 'v1.33.0' } as Kube,
      clock: systemClock,
      signal: over.signal,
      print: (line: string) => void printed.push(line),
    } as unknown as Run
    const playRound: PlayRound = async (cases, round, _run, { onLife, onFailure }) => {
      for (const each of cases) {
        played.push(`${each.name} ${round}`)
        const outcome = table[each.name]?.[round - 1]
        if (outcome === undefined) over.abort()
        else if (typeof outcome === 'string') onFailure(each, outcome)
        else onLife(each, outcome)
      }
    }
    const exitCode = await recordCorpus(Object.keys(table).map(caseOf), 3, run, playRound)
    return { exitCode, printed, played }
  }

  const goldenOf = (name: string) => readGolden(readFileSync(caseOf(name).goldenFile, 'utf8'))

  it('writes what held in every round beside the manifest', async () => {
    const { exitCode, printed } = await record({ steady: [endsAfter(2), endsAfter(2.2), endsAfter(2.1)] })
    expect(exitCode).toBe(0)
    expect(goldenOf('steady')).toMatchObject({
      kubernetes: 'v1.33.0',
      recordings: 3,
      runs: { app: ['exits 0'] },
      times: { 'app exits, into the end': 2 },
    })
    expect(printed).toContain('ok   steady')
    expect(printed.at(-1)).toBe('\n1 Pods recorded on Kubernetes v1.33.0, 0 failed')
  })

  it('names the times that vary, which are no facts', async () => {
    const { exitCode, printed } = await record({ wavering: [endsAfter(2), endsAfter(4), endsAfter(2)] })
    expect(exitCode).toBe(0)
    expect(goldenOf('wavering').times).not.toHaveProperty('app exits, into the end')
    expect(printed).toContain('       no fact, because it varies: app exits, into the end: 2.0, 4.0, 2.0 s')
  })

  it('leaves the golden file as it is when two rounds ended differently, and fails', async () => {
    writeFileSync(caseOf('chance').goldenFile, 'recorded before')
    const { exitCode, printed } = await record({ chance: [endsAfter(2), endsAfter(2, 1), endsAfter(2)] })
    expect(exitCode).toBe(1)
    expect(readFileSync(caseOf('chance').goldenFile, 'utf8')).toBe('recorded before')
    expect(printed).toContainEqual(expect.stringMatching(/^FAIL chance: runs differ between recordings: /))
  })

  it('plays a Pod no more that could not be played, and records the others', async () => {
    const { exitCode, printed, played } = await record({
      stuck: [endsAfter(2), 'waited 120 s for app runs', endsAfter(2)],
      steady: [endsAfter(2), endsAfter(2), endsAfter(2)],
    })
    expect(exitCode).toBe(1)
    expect(played).toEqual(['stuck 1', 'steady 1', 'stuck 2', 'steady 2', 'steady 3'])
    expect(existsSync(caseOf('stuck').goldenFile)).toBe(false)
    expect(goldenOf('steady').recordings).toBe(3)
    expect(printed).toContain('FAIL stuck: waited 120 s for app runs')
    expect(printed.at(-1)).toBe('\n1 Pods recorded on Kubernetes v1.33.0, 1 failed')
  })

  it('writes nothing after Ctrl-C', async () => {
    const { exitCode, played } = await record({ half: [endsAfter(2)] })
    expect(exitCode).toBe(130)
    expect(played).toEqual(['half 1', 'half 2'])
    expect(existsSync(caseOf('half').goldenFile)).toBe(false)
  })
})
