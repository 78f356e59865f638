/**
 * Targets on the command line: `init-waiter tcp://db:5432 --timeout 60s` is the config that a person would
 * have written for it, and is checked by the same schema.
 */
import type { TargetArguments } from '@podmates/shared/cli/sidecar-definition.ts'

export const targetArguments: TargetArguments = {
  usage: 'TARGET...',
  does: 'Waits for every target, such as tcp://db:5432 or http://auth:8080/healthz, at the same time.',
  options: { timeout: { value: 'DURATION', does: 'Gives up, with exit code 124, after this long; 5m if not given.' } },
  isTarget: (word) => word.includes(':'),
  toConfig: (targets, { timeout }) => {
    const names = stepNames(targets)
    const steps = targets.map(
      (target, index) => `  ${JSON.stringify(names[index])}: { wait: ${JSON.stringify(target)} }\n`,
    )
    return `${timeout === undefined ? '' : `timeout: ${JSON.stringify(timeout)}\n`}steps:\n${steps.join('')}`
  },
}

/** Names every target after its host; a host that comes again gets a number. */
function stepNames(targets: readonly string[]): string[] {
  const taken = new Set<string>()
  for (const target of targets) {
    const host = hostOf(target)
    let name = host
    for (let count = 2; taken.has(name); count += 1) name = `${host}-${count}`
    taken.add(name)
  }
  return [...taken]
}

/** The longest name of a step is 63 characters; this leaves room for a number behind it. */
const hostCharactersMax = 55

function hostOf(target: string): string {
  const [, host = ''] = /^(?:[a-z]+:\/\/)?(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]*)/i.exec(target) ?? []
  const plain = host.replaceAll(/[^A-Za-z0-9.-]+/g, '-').slice(0, hostCharactersMax)
  return plain.replaceAll(/^[.-]+|[.-]+$/g, '') || 'target'
}
