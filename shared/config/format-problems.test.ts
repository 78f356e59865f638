import { expect, it } from 'vitest'
import { formatProblems, reportProblems } from './format-problems.ts'
import type { Problem } from './problem.ts'

const problem: Problem = {
  code: 'PM0107',
  file: 'ambassador.yaml',
  line: 14,
  column: 5,
  path: 'upstreams.inventory.retires',
  message: 'unknown key "retires" in upstreams.inventory',
  hint: 'did you mean "retries"?',
  source: { text: '    retires: 2', markFrom: 4, markLength: 7 },
}

it('is the block of the design', () => {
  expect(formatProblems([problem])).toBe(`ambassador.yaml:14:5 PM0107 unknown key "retires" in upstreams.inventory
  14 |     retires: 2
     |     ^^^^^^^ did you mean "retries"?
1 error. More: podmate explain PM0107`)
})

it('keeps the mark below its token behind tabs, wide characters and combining marks', () => {
  const source = { text: '\ta\t日本e\u0301: x', markFrom: 9, markLength: 1 }
  const [, line, mark] = formatProblems([{ ...problem, source }]).split('\n')
  expect(line).toBe('  14 | \ta\t日本e\u0301: x')
  expect(mark).toBe('     | \t \t       ^ did you mean "retries"?')
})

it('names no line where there is no file to point into', () => {
  const { hint, source, ...rest } = problem
  const block = formatProblems([{ ...rest, line: 0, column: 0, message: 'cannot be read: there is no such file' }])
  expect(block).toBe(`ambassador.yaml PM0107 cannot be read: there is no such file
1 error. More: podmate explain PM0107`)
})

it('shows 20 problems and counts the rest, for people and for machines', () => {
  const many = Array.from({ length: 27 }, () => problem)
  const block = formatProblems(many)
  expect(block.match(/PM0107 unknown/g)).toHaveLength(20)
  expect(block).toMatch(/\nand 7 more\n27 errors\. More: podmate explain PM0107$/)
  expect(reportProblems(many)).toMatchObject({ problems: many.slice(0, 20), more: 7 })
})

it('asks for a code where there are several', () => {
  expect(formatProblems([problem, { ...problem, code: 'PM0108' }])).toMatch(/2 errors\. More: podmate explain CODE$/)
})
