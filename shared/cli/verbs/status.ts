/** `podmate status`: a few lines that a person can read; `-o json` has the same facts. */
import { stripVTControlCharacters } from 'node:util'
import { ask } from '../ask.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = async (context) => {
  const { terminal, options } = context
  const asked = await ask(context, { method: 'GET', path: '/status' })
  if (!asked.ok) return asked.exitCode
  terminal.out(options.output === 'json' ? asked.body.trimEnd() : readable(asked.body))
  return 0
}

/** One line per topic, the topics in a column of their own. */
function readable(body: string): string {
  const topics = Object.entries(JSON.parse(body) as Record<string, { readonly text: string }>)
  const width = Math.max(...topics.map(([topic]) => topic.length))
  return topics.map(([topic, { text }]) => `${topic.padEnd(width)}  ${onOneLine(text)}`).join('\n')
}

/** Names from a configuration must not steer the terminal. */
function onOneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, ' ')
}
