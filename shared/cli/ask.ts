/** What every client verb does: find the admin server, ask it, and say what is wrong when it cannot or will not. */
import { type AdminReply, askAdmin } from './admin-client.ts'
import { refusalText } from './command-line.ts'
import type { ConfigSchema } from './sidecar-definition.ts'
import type { ExitCode, VerbContext } from './verb.ts'

export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

export type Asked =
  | { readonly ok: true; readonly body: string }
  /** What to do has been said on stderr. */
  | { readonly ok: false; readonly exitCode: ExitCode }

/** Asks, and says on stderr what is wrong if the answer is not 2xx. */
export async function ask<Schema extends ConfigSchema>(
  context: VerbContext<Schema>,
  question: Question,
): Promise<Asked> {
  const { terminal, clock } = context
  const address = await findAdmin(context)
  if (address === undefined) return { ok: false, exitCode: 2 }
  const reply = await askAdmin({ ...address, ...question }, clock)
  if (reply.kind === 'answered' && reply.status < 300) return { ok: true, body: reply.body }
  terminal.err(reply.kind === 'answered' ? refusalIn(reply, question) : unreached(address.text, reply.reason))
  return { ok: false, exitCode: 1 }
}

interface AdminAddress {
  readonly host: string
  readonly port: number
  readonly text: string
}

/**
 * `--admin`, else PODMATES_ADMIN, else the sidecar's usual port. The configuration would know, but reading YAML
 * would cost more memory than all the rest of a client verb.
 */
async function findAdmin<Schema extends ConfigSchema>({
  definition,
  options,
  env,
  terminal,
}: VerbContext<Schema>): Promise<AdminAddress | undefined> {
  const [source, text] =
    options.admin === undefined ? ['PODMATES_ADMIN', env.PODMATES_ADMIN] : ['--admin', options.admin]
  if (text === undefined || text === '') {
    const port = definition.adminPort ?? 0
    return { host: '127.0.0.1', port, text: `127.0.0.1:${port}` }
  }
  const { readAdminAddress } = await import('./admin-address.ts')
  const reading = readAdminAddress(source, text)
  if (reading.kind === 'read') return { ...reading.address, text }
  terminal.err(refusalText(reading))
  return undefined
}

function unreached(address: string, reason: string): string {
  return `podmate: PM1022 asked ${address}: ${reason}. Does the sidecar run? If its admin.address is another one, name it with --admin HOST:PORT or in PODMATES_ADMIN.`
}

/** A problem (RFC 9457) as one line; a probe's refusal is a word. */
function refusalIn({ status, body }: AdminReply & { kind: 'answered' }, { path }: Question): string {
  const problem = parseProblem(body)
  if (problem === undefined) return `podmate: ${path} answered ${status}: ${body.trim()}`
  return `podmate: ${problem.code} ${problem.title}: ${problem.detail}. More: podmate explain ${problem.code}`
}

function parseProblem(body: string): Record<'code' | 'title' | 'detail', unknown> | undefined {
  try {
    const problem: unknown = JSON.parse(body)
    const isProblem = typeof problem === 'object' && problem !== null && 'code' in problem
    return isProblem ? (problem as Record<'code' | 'title' | 'detail', unknown>) : undefined
  } catch {
    return undefined
  }
}
