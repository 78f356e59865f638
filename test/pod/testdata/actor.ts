/**
 * The one program of the test manifests: it does what its arguments say, at once and in their order.
 *
 *   say=TEXT         prints a line                     exit=CODE       exits; after `after=MS`, if that came before
 *   print=FILE       prints a file, `FILE: content`    on-term=MS      exits 0 so long after SIGTERM
 *   append=FILE      appends its name to a file        on-term=ignore  never does
 *   env=NAME         prints a variable                 crash-once=FILE exits 1 after `after=MS`, once: notes it there
 *   listen=PORT      serves /started, /ready and /live on 0.0.0.0; PUT /ready/no and the like change the answer
 *   started-after=MS keeps /started at 503 so long     await=FILE      exits 0 once the file is there; stay: runs on
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

let onTerm: number | 'ignore' = 0
let afterMs = 0
process.on('SIGTERM', () => endAfter('SIGTERM'))
process.on('SIGINT', () => endAfter('SIGINT'))

function endAfter(signal: string): void {
  say(`got ${signal}`)
  if (onTerm !== 'ignore') setTimeout(() => process.exit(0), onTerm)
}

const answers = new Map([
  ['started', true],
  ['ready', true],
  ['live', true],
])

const verbs: Readonly<Record<string, (value: string) => void>> = {
  say,
  print: (file) => say(`${file}: ${readFileSync(file, 'utf8').trim()}`),
  append: (file) => appendFileSync(file, `${process.env.NAME ?? 'actor'}\n`),
  env: (name) => say(`${name}=${process.env[name] ?? ''}`),
  after: (ms) => {
    afterMs = Number(ms)
  },
  exit: (code) => void setTimeout(() => process.exit(Number(code)), afterMs),
  'on-term': (ms) => {
    onTerm = ms === 'ignore' ? 'ignore' : Number(ms)
  },
  'crash-once': crashOnce,
  'started-after': (ms) => {
    answers.set('started', false)
    setTimeout(() => answers.set('started', true), Number(ms))
  },
  listen: (port) => listen(Number(port)),
  await: (file) => void setInterval(() => existsSync(file) && process.exit(0), 20),
  stay: () => void setInterval(() => {}, 1 << 30),
}

for (const word of process.argv.slice(2)) {
  const [verb = '', value = ''] = word.split(/=(.*)/s)
  const perform = verbs[verb]
  if (perform === undefined) throw new Error(`no such verb: ${verb}`)
  perform(value)
}

function crashOnce(file: string): void {
  if (existsSync(file)) return
  writeFileSync(file, '')
  setTimeout(() => process.exit(1), afterMs)
}

function listen(port: number): void {
  const server = createServer((request, response) => {
    const [, question = '', change] = (request.url ?? '').split('/')
    if (request.method === 'PUT') answers.set(question, change === 'yes')
    response.statusCode = request.method === 'PUT' || answers.get(question) ? 200 : 503
    response.end(`${question}\n`)
  })
  server.listen(port, '0.0.0.0')
}
