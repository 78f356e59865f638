/** The README's commands run as they stand, and print what it says. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { expect, it, vi } from 'vitest'

// It starts processes, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const root = fileURLToPath(new URL('../../..', import.meta.url))
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

/** Each block of commands, with the output that stands behind it. */
function scenes(section: string): { commands: string; output: string | undefined }[] {
  const text = readme.split('\n## ').find((part) => part.startsWith(`${section}\n`)) ?? ''
  return [...text.matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(([, commands = '', output]) => ({
    commands,
    output,
  }))
}

/** Stdout and stderr, in the order in which they came. */
function run(commands: string, port: number): Promise<string> {
  const script = commands.replace('PORT=18080', `PORT=${port}`)
  return new Promise((resolve) => {
    execFile('bash', ['-m', '-c', `{ ${script}\n} 2>&1`], { cwd: root }, (_error, stdout) => resolve(stdout))
  })
}

/** Times, tries and the width of columns differ from run to run. */
const steady = (output: string): string =>
  output
    .replaceAll(/(?:[\d.]+(?:ms|s|m))+/g, 'TIME')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/failed \d+/g, 'failed N')

const all = scenes('Run it in a minute')

it('"Run it in a minute" has three blocks of commands', () => {
  expect(all).toHaveLength(3)
})

it.each(all)('$commands', async ({ commands, output }) => {
  const printed = await run(commands, await freePort())
  if (output === undefined) expect(printed).toMatch(/^ok: /)
  else expect(steady(printed)).toContain(steady(output))
})
