/**
 * The demo as a user runs it: its exit code, what stands on the screen, and that the front page shows that screen.
 * `UPDATE_README=1 npm test -- e2e` pastes the output of this run.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { replaceSection } from '../../tools/docs/marked-section.ts'
import { demo, expectWholeLife } from './demo/shown.ts'

/** The acts and checks of a screen without their figures, which differ from run to run. */
function shapeOf(screen: string): string[] {
  const lines = screen.split('\n').filter((line) => /^\d+\. |^ {3}(ok|FAIL) |^all /.test(line))
  return lines.map((line) => line.replaceAll(/\d+/g, 'N'))
}

/** The front page shows the screen up to the runner's own remarks. */
function pasted(screen: string): string {
  const shown = screen.split('\nNot as in a cluster:')[0]?.trim() ?? ''
  const lastLine = /^all .*$/m.exec(screen)?.[0] ?? ''
  return `\`\`\`\n${shown}\n\n${lastLine}\n\`\`\``
}

it('runs the whole Pod as processes, and the front page shows what it prints', async () => {
  const screen = await demo()
  expectWholeLife(screen)
  const page = readFileSync('README.md', 'utf8')
  if (process.env.UPDATE_README !== undefined) {
    writeFileSync('README.md', replaceSection(page, 'demo', pasted(screen)) ?? page)
    return
  }
  const shown = /<!-- demo:begin -->(.*)<!-- demo:end -->/s.exec(page)?.[1] ?? ''
  expect(shapeOf(shown), 'README.md is not fresh: UPDATE_README=1 npm test -- e2e').toEqual(shapeOf(screen))
})
