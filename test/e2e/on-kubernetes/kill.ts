/**
 * SIGKILL to the process of a container, on any cluster. The kernel ignores it when it comes from inside the process
 * namespace of which the process is number 1, and Kubernetes has no call for it. So either another container of a
 * Pod with a shared process namespace sends it (there the sandbox is number 1), under the same user, or a command
 * that has the container runtime does (`--kill`).
 */

import { runProgram } from '../../../tools/setup/run-program.ts'
import { containerStatuses } from '../../kube/objects.ts'
import type { ObservedPod } from '../../kube/observe-pod.ts'
import type { Stage } from './stage.ts'
import { restrictedContainer } from './traffic.ts'

/** @returns when the process was seen to be gone, or the command was done; ms by the cluster's clock @throws Error when nothing died */
export async function killContainer(stage: Stage, observed: ObservedPod, container: string): Promise<number> {
  const status = containerStatuses(observed.latest() ?? { metadata: { name: '' }, spec: { containers: [] } }).find(
    ({ name }) => name === container,
  )
  const [, id] = /^\w+:\/\/(.+)$/.exec(status?.containerID ?? '') ?? []
  if (id === undefined) throw new Error(`${container} does not run`)
  return stage.kill === undefined
    ? killFromBeside(stage, observed, container, id)
    : killByCommand(stage, stage.kill, id)
}

async function killByCommand(stage: Stage, command: readonly string[], id: string): Promise<number> {
  const [program = '', ...args] = command.map((word) => word.replaceAll('{container-id}', id))
  const { code, stdout, stderr } = await runProgram(program, args)
  if (code !== 0)
    throw new Error(`"${[program, ...args].join(' ')}" failed with exit code ${code}: ${(stderr || stdout).trim()}`)
  return stage.clusterMs()
}

/** An ephemeral container of an image that has Node; what it finds it tells in its last line. */
async function killFromBeside(stage: Stage, observed: ObservedPod, container: string, id: string): Promise<number> {
  const pod = observed.latest()?.metadata.name ?? ''
  const name = `killer-of-${container}`
  const killer = {
    name,
    image: 'podmates/ambassador:dev',
    imagePullPolicy: stage.pullPolicy,
    command: ['node', '-e', killScript, id],
    securityContext: { ...restrictedContainer, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  }
  await stage.kube.ask(`/api/v1/namespaces/${stage.namespace}/pods/${pod}/ephemeralcontainers`, {
    method: 'PATCH',
    contentType: 'application/strategic-merge-patch+json',
    body: { spec: { ephemeralContainers: [killer] } },
  })
  const line = await observed.untilLine(name, 'whom it killed', () => true, stage.within(60_000))
  if (!line.text.startsWith('killed ')) throw new Error(`${name}: ${line.text}`)
  return line.atMs
}

/** The cgroup of a process has the id of its container in its path. */
const killScript = `
const fs = require('node:fs')
const own = fs.readdirSync('/proc').filter((pid) => /^\\d+$/.test(pid)).filter((pid) => {
  try { return fs.readFileSync('/proc/' + pid + '/cgroup', 'utf8').includes(process.argv[1]) } catch { return false }
})
for (const pid of own) process.kill(Number(pid), 'SIGKILL')
console.log(own.length === 0 ? 'found no process of that container' : 'killed ' + own.join(' '))
`
