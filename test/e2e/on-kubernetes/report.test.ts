import { describe, expect, it } from 'vitest'
import { collectFindings, hasPassed, type Outcome } from './findings.ts'
import { findingLine, outcomeLines, summaryLines } from './report.ts'

const plain = { colour: false }
const good: Outcome = { name: 'good', findings: [{ is: 'fact', text: 'so', holds: true }], tookMs: 1500 }
const bad: Outcome = {
  ...good,
  name: 'bad',
  findings: [...good.findings, { is: 'fact', text: 'not so', holds: false }],
}
const broken: Outcome = { ...good, name: 'broken', error: new Error('no Pod was made') }

describe('a scenario', () => {
  it.each([
    ['passes when every fact holds', good, true],
    ['fails when one does not', bad, false],
    ['fails when it could not be played to its end', broken, false],
    [
      'fails when it found no fact at all',
      { ...good, findings: [{ is: 'note', text: 'hm' }] } satisfies Outcome,
      false,
    ],
  ] as const)('%s', (_what, outcome, passed) => {
    expect(hasPassed(outcome)).toBe(passed)
  })

  it('tells each finding at once, and keeps all', () => {
    const told: string[] = []
    const findings = collectFindings((finding) => told.push(findingLine(finding, plain)))
    findings.fact('3 of 3 requests answered', true)
    findings.fact('no restart', false)
    findings.time('until ready', 8251)
    findings.note('remark')
    findings.file('.cache/e2e/x.json')
    expect(told).toEqual([
      '   ok   3 of 3 requests answered',
      '   FAIL no restart',
      '        until ready: 8.25 s',
      '        remark',
      '        -> .cache/e2e/x.json',
    ])
    expect(findings.all).toHaveLength(5)
  })

  it('ends with its verdict, and with why when it broke off', () => {
    expect(outcomeLines(good, plain)).toEqual(['   passed in 1.50 s'])
    expect(outcomeLines(broken, plain)).toEqual(['   FAIL no Pod was made', '   FAILED in 1.50 s'])
  })
})

describe('the summary', () => {
  it('says what was not run and why, and ends with the counts', () => {
    const lines = summaryLines(
      [good, bad],
      { ambassador: 22 * 2 ** 20 },
      { notRun: ['job'], why: 'an image is missing' },
    )
    expect(lines).toEqual([
      '',
      'working set as the kubelet measured it, highest seen:',
      '  ambassador       22.0 MiB',
      '',
      'failed: bad',
      'not run: job (an image is missing)',
      '1 passed, 1 failed, 1 not run',
    ])
  })

  it('is two lines when all passed and nothing was measured', () => {
    expect(summaryLines([good], {}, { notRun: [] })).toEqual(['', '1 passed, 0 failed'])
  })
})
