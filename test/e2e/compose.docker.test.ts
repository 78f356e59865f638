/**
 * The example Pod under compose: started and ended in the order that the manifest promises, with every
 * compose that this machine has (v2, and the old 1.29 where it is installed).
 */
import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { composePrograms } from '../../tools/setup/compose.ts'
import { dockerOrThrow } from '../docker/container.ts'

const file = 'compose/checkout/compose.yaml'
const inOrder = ['wait', 'config-helper', 'ambassador', 'adapter', 'checkout']

interface Event {
  readonly service: string
  readonly action: string
}

/** Follows the engine's own events of one compose project: what happened, not what compose says. */
function followEvents(project: string): { readonly events: readonly Event[]; stop(): void } {
  const filters = ['--filter', `label=com.docker.compose.project=${project}`, '--filter', 'type=container']
  const child = spawn('docker', ['events', ...filters, '--format', '{{json .}}'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const events: Event[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { Action: action, Actor } = JSON.parse(line)
    events.push({ service: Actor.Attributes['com.docker.compose.service'], action })
  })
  return { events, stop: () => child.kill() }
}

function orderOf(events: readonly Event[], action: string): string[] {
  const services = events.filter((event) => event.action === action).map((event) => event.service)
  return [...new Set(services)].filter((service) => inOrder.includes(service))
}

describe.each(await composePrograms())('$version', ({ program, args, version }) => {
  const project = `podmates-test-${version.replaceAll(/[^0-9]/g, '')}`
  const compose = async (...command: string[]): Promise<string> =>
    (await promisify(execFile)(program, [...args, '--project-name', project, '--file', file, ...command])).stdout
  const exitCodeOf = async (service: string): Promise<string> => {
    const id = (await compose('ps', '--all', '--quiet', service)).trim()
    return (await dockerOrThrow(['inspect', '--format', '{{.State.ExitCode}}', id])).trim()
  }

  it('starts in list order, serves through the ambassador, ends in reverse with exit code 0', async () => {
    const follower = followEvents(project)
    try {
      await compose('up', '--detach')
      await vi.waitFor(() => expect(orderOf(follower.events, 'start')).toEqual(inOrder))

      const quote = await fetch('http://127.0.0.1:8080/quote?sku=lamp&quantity=2')
      expect(quote.status).toBe(200)
      expect(await quote.json()).toMatchObject({ sku: 'lamp', available: true })
      await vi.waitFor(async () => {
        const metrics = await fetch('http://127.0.0.1:9102/metrics').then((answer) => answer.text())
        expect(metrics).toMatch(/^checkout_/m)
      })

      await compose('stop')
      const ended = (): string[] => orderOf(follower.events, 'die').filter((service) => service !== 'wait')
      await vi.waitFor(() => expect(ended()).toEqual(inOrder.slice(1).toReversed()))
      expect(await Promise.all(inOrder.map(exitCodeOf))).toEqual(['0', '0', '0', '0', '0'])
    } finally {
      follower.stop()
      await compose('down', '--volumes', '--timeout', '5')
    }
  })
})
