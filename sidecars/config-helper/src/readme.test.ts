/** The README's commands run as they stand, and it names every metric and log line that there is. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { temporaryFolder } from '@podmates/shared/testing/temporary-folder.ts'
import { expect, it, vi } from 'vitest'
import { createOutputMetrics } from './output-journal.ts'
import { createSourceMetrics } from './source/watched-source.ts'

// It starts a process, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const root = fileURLToPath(new URL('../../..', import.meta.url))
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

/** One thing that the reader does or is promised. */
type Step =
  | { readonly step: 'run'; readonly commands: string }
  | { readonly step: 'see'; readonly output: string }
  | { readonly step: 'log'; readonly line: string }

function stepsOf(section: string): Step[] {
  const text = readme.split('\n## ').find((part) => part.startsWith(`${section}\n`)) ?? ''
  return [...text.matchAll(/^```(sh|text)\n(.*?)^```$|It logs `([^`]+)`/gms)].map(([, language, body = '', line]) => {
    if (line !== undefined) return { step: 'log', line }
    return language === 'sh' ? { step: 'run', commands: body } : { step: 'see', output: body }
  })
}

it('"Run it in a minute" does what it says', async () => {
  const [start, ...steps] = stepsOf('Run it in a minute')
  const demo = await temporaryFolder()
  const env = { ...process.env, DEMO: demo }
  const commands = start?.step === 'run' ? start.commands.replace('/tmp/podmates-demo', demo) : ''
  await using helper = await startInShell(commands)
  let output = ''
  for (const step of steps) {
    if (step.step === 'run') output = (await promisify(execFile)('bash', ['-c', step.commands], { env })).stdout
    if (step.step === 'see') expect(output).toBe(step.output)
    if (step.step === 'log') await helper.line(`"msg":"${step.line}"`)
  }
  expect(steps.length).toBeGreaterThan(5)
})

it('names every metric, and no other', async () => {
  const metrics = createMetrics('config-helper', '0.0.0')
  createOutputMetrics(metrics)
  createSourceMetrics(metrics)
  const { text } = await metrics.exposition()
  const registered = [...text.matchAll(/^# TYPE podmates_config_helper_(\S+) /gm)].map(([, name]) => name)
  const own = registered.filter((name) => !/^(build|config)_info$/.test(name ?? ''))
  const documented = [...readme.matchAll(/`((?:config|source)_[a-z_]+)\{/g)].map(([, name]) => name)
  expect([...new Set(documented)].toSorted()).toEqual(own.toSorted())
})

it('names every log line of an output', async () => {
  const journal = await readFile(new URL('./output-journal.ts', import.meta.url), 'utf8')
  const sentences = [...journal.matchAll(/'((?:[a-z]+[ ,]+){2,}[a-z]+)'\)/g)].map(([, sentence = '']) => sentence)
  expect(sentences.length).toBeGreaterThan(5)
  for (const sentence of sentences) {
    const [start, end = ''] = sentence.split(/, (?=telling|giving)/)
    expect(readme).toContain(start)
    expect(readme).toContain(end)
  }
})

interface Shell extends AsyncDisposable {
  /** Resolves when the program has written a line that holds the text, later than the last one asked for. */
  line(text: string): Promise<void>
}

/** Runs commands of which the last goes on in the background, as a reader would. */
async function startInShell(commands: string): Promise<Shell> {
  const child: ChildProcess = spawn('bash', ['-c', `${commands.trimEnd()}\nwait`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a process group of its own, so that the program in the background ends with it
  })
  let unread = ''
  let tell: () => void = () => {}
  child.stdout?.on('data', (data) => {
    unread += String(data)
    tell()
  })
  return {
    line: async (text) => {
      while (!unread.includes(text)) {
        await new Promise<void>((resolve) => {
          tell = resolve
        })
      }
      unread = unread.slice(unread.indexOf(text) + text.length)
    },
    [Symbol.asyncDispose]: async () => {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      await once(child, 'exit')
    },
  }
}
