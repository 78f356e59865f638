import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'

/** A process on the real edge, sent each signal in turn. @returns what it said */
async function told(
  signals: readonly NodeJS.Signals[],
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/testdata/waiting.ts`])
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => {
    said.stdout += data
  })
  child.stderr.on('data', (data) => {
    said.stderr += data
  })
  await once(child.stdout, 'data')
  for (const signal of signals) child.kill(signal)
  const [code] = await once(child, 'close')
  return { ...said, code }
}

it.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)('%s asks for an orderly end', async (signal) => {
  expect(await told([signal])).toEqual({ stdout: `ready\n${signal}\n`, stderr: '', code: 0 })
})

it('ignores the signals whose default would end it without a word, and never opens the debugger', async () => {
  expect(await told(['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'])).toEqual({
    stdout: 'ready\nSIGTERM\n',
    stderr: '',
    code: 0,
  })
})
