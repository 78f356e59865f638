/** What the admin server has to say: one entry per path. */
import { nearestWord } from '../config/nearest-word.ts'
import { formatDuration, parseDuration } from '../config/values/duration.ts'
import type { Life } from '../lifecycle/lifecycle.ts'
import type { LevelSwitch } from '../log/level-switch.ts'
import { isLogLevel, type LogLevel, logLevels } from '../log/logger.ts'
import type { Exposition } from '../metrics/metrics.ts'
import type { Concern } from './admission.ts'
import { type Answer, jsonAnswer, problemAnswer, textAnswer } from './answer.ts'
import type { StatusLine } from './status-line.ts'

/** The parts of the sidecar that the paths show or change. */
export interface AdminSources {
  readonly life: Pick<Life, 'phase' | 'hasStarted' | 'drain'>
  readonly levels: LevelSwitch
  readonly exposition: () => Promise<Exposition>
  /** The effective configuration as YAML, without secrets. */
  readonly config: () => string
  readonly status: () => readonly StatusLine[]
}

export interface AdminPath {
  readonly method: 'GET' | 'POST'
  readonly concern: Concern
  /** @param body of a POST; empty for a GET */
  readonly answer: (body: string) => Answer | Promise<Answer>
}

export function adminPaths({ life, levels, exposition, config, status }: AdminSources): ReadonlyMap<string, AdminPath> {
  const show = (concern: 'open' | 'detail', answer: AdminPath['answer']): AdminPath => ({
    method: 'GET',
    concern,
    answer,
  })
  const change = (answer: AdminPath['answer']): AdminPath => ({ method: 'POST', concern: 'change', answer })

  return new Map([
    // For ever after the start, while it stops too: the kubelet asks until the first success and then never again.
    ['/startupz', show('open', () => (life.hasStarted() ? fine() : unfit(life.phase())))],
    // That this runs at all is the answer: the event loop turns. Nothing else may make the kubelet kill the process.
    ['/livez', show('open', () => fine())],
    ['/readyz', show('open', () => (life.phase() === 'started' ? fine() : unfit(life.phase())))],
    ['/metrics', show('open', async () => metricsAnswer(await exposition()))],
    ['/config', show('detail', () => ({ status: 200, contentType: 'application/yaml', body: config() }))],
    ['/status', show('detail', () => jsonAnswer(200, statusBody(status())))],
    [
      '/drain',
      change(() => {
        life.drain('POST /drain')
        return jsonAnswer(200, { phase: life.phase() })
      }),
    ],
    ['/loglevel', change((body) => changeLevel(body, levels))],
  ])
}

function fine(): Answer {
  return textAnswer(200, 'ok')
}

function unfit(phase: string): Answer {
  return textAnswer(503, phase)
}

function metricsAnswer({ contentType, text }: Exposition): Answer {
  return { status: 200, contentType, body: text }
}

/** `{"listeners": {...facts, "text": "..."}}`: the order of the lines is the order of the keys. */
function statusBody(lines: readonly StatusLine[]): Record<string, unknown> {
  return Object.fromEntries(lines.map(({ topic, text, facts }) => [topic, { ...facts, text }]))
}

/** A level set for longer than a day is set for good. */
const longestForMs = 86_400_000
const shortestForMs = 1000

function changeLevel(body: string, levels: LevelSwitch): Answer {
  const wish = readWish(body)
  if ('refused' in wish) return problemAnswer({ status: 400, code: 'PM1110', detail: wish.refused })
  const state = levels.set(wish.level, wish.forMs)
  const { level } = state
  return state.kind === 'lasting'
    ? jsonAnswer(200, { level })
    : jsonAnswer(200, { level, reverts_to: state.revertsTo, for: formatDuration(wish.forMs ?? 0) })
}

type Wish = { readonly level: LogLevel; readonly forMs?: number } | { readonly refused: string }

const wishKeys = ['level', 'for']

/** A misspelt `for` would leave `debug` on for ever, so that an unknown key is refused. */
function readWish(body: string): Wish {
  const wish = parseObject(body)
  if (wish === undefined) return { refused: 'expected a JSON object such as {"level":"debug","for":"10m"}' }
  const { level, for: duration, ...unknown } = wish
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) {
    const nearest = nearestWord(stranger, wishKeys)
    const hint = nearest === undefined ? `the keys are ${wishKeys.join(', ')}` : `did you mean "${nearest}"?`
    return { refused: `unknown key ${JSON.stringify(stranger)}; ${hint}` }
  }
  if (!isLogLevel(level)) {
    const nearest = nearestWord(String(level), logLevels)
    const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`
    return { refused: `level: expected one of ${logLevels.join(', ')}, found ${JSON.stringify(level)}${hint}` }
  }
  if (duration === undefined) return { level }
  const forMs = parseDuration(String(duration))
  if (forMs === undefined || forMs < shortestForMs || forMs > longestForMs) {
    return { refused: `for: expected a duration of 1s to 24h such as 10m, found ${JSON.stringify(duration)}` }
  }
  return { level, forMs }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
