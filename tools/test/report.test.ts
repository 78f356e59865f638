import { describe, expect, it } from 'vitest'
import { reportOf, shapeOfReport } from './report.ts'
import type { TierResult } from './run-tier.ts'

const ran = (tier: string, passed: number, failed: number, seconds: number, skipped = 0): TierResult => ({
  tier,
  outcome: { passed, failed, skipped },
  seconds,
})

describe('the report of npm test', () => {
  it('has a line for each tier, each tier left out with what to do, and the sum as its last line', () => {
    const report = reportOf(
      [ran('lint', 1, 0, 0.84), ran('unit', 3900, 2, 61.25)],
      [{ tier: 'e2e', missing: 'Go is not installed: install it' }],
    )
    expect(report.split('\n')).toEqual([
      'tier   passed   failed  seconds',
      'lint        1        0      0.8',
      'unit     3900        2     61.3',
      'left out  e2e: Go is not installed: install it',
      '3901 passed, 2 failed',
    ])
  })

  it('tells of skipped tests, and counts when no tier ran at all', () => {
    expect(
      reportOf([ran('unit', 1, 0, 1, 4)], [])
        .split('\n')
        .at(-1),
    ).toBe('1 passed, 0 failed, 4 skipped')
    expect(reportOf([], []).split('\n').at(-1)).toBe('0 passed, 0 failed')
  })

  it('is recognised again by its tiers, and by whether its last line is their sum', () => {
    const report = reportOf([ran('lint', 1, 0, 0.8), ran('corpus-docker', 57, 0, 100)], [])
    expect(shapeOfReport(report)).toEqual({ tiers: ['lint', 'corpus-docker'], addsUp: true })
    expect(shapeOfReport(report.replace('58 passed', '59 passed')).addsUp).toBe(false)
    expect(shapeOfReport(reportOf([ran('unit', 1, 0, 1, 4)], [])).addsUp).toBe(true)
  })
})
