import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { readFlags } from './flags.ts'

describe('the switches of a script', () => {
  it('are those that were given', () => {
    expect(readFlags([], ['--check'])).toEqual({ given: new Set() })
    expect(readFlags(['--check'], ['--check', '--all'])).toEqual({ given: new Set(['--check']) })
  })

  it.each(['--chek', '--check=yes', 'check', '-c'])('refuse %s, which is none of them', (arg) => {
    expect(readFlags([arg], ['--check', '--all'])).toEqual({
      mistake: `expected nothing or --check, --all, found "${arg}"`,
    })
  })

  it.each([
    ['tools/docs.ts', 'expected nothing or --check, found "--bogus"\n'],
    ['test/e2e/demo.ts', 'expected nothing or --docker, found "--bogus"\n'],
  ])('end %s with one line and exit code 2 before it does anything', (script, stderr) => {
    const { status, ...output } = spawnSync(process.execPath, [script, '--bogus'], { encoding: 'utf8' })
    expect({ status, stdout: output.stdout, stderr: output.stderr }).toEqual({ status: 2, stdout: '', stderr })
  })
})
