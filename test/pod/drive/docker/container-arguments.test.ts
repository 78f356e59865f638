import { describe, expect, it } from 'vitest'
import { readManifest } from '../../manifest/read-manifest.ts'
import type { Launch } from '../driver.ts'
import { createArguments } from './container-arguments.ts'

/** The arguments for a Pod whose one container has these fields. */
function argumentsFor(fields: string, { spec = '', user = '65532', launch = {} as Partial<Launch> } = {}): string {
  const text = `kind: Pod\nmetadata: { name: web }\nspec: { ${spec} containers: [{ name: web, image: "web:1", ${fields} }] }`
  const { pod } = readManifest([{ file: 'pod.yaml', text }])
  const [container] = pod.containers
  if (container === undefined) throw new Error('no container')
  const given: Launch = { container, run: 0, env: {}, mounts: [], onLine: () => {}, ...launch }
  const place = { name: 'pod-x-web-0', labels: ['dev.podmates.pod=x'], holder: 'pod-x', messageFile: '/tmp/message' }
  return createArguments(given, pod, { user, stopSignal: 'SIGTERM' }, place).join(' ')
}

describe('docker create', () => {
  it('joins the network of the Pod and takes no more rights than it is given', () => {
    expect(argumentsFor('')).toBe(
      'create --pull never --name pod-x-web-0 --label dev.podmates.pod=x --network container:pod-x --ipc container:pod-x ' +
        '--mount type=bind,source=/tmp/message,target=/dev/termination-log --env HOSTNAME=web web:1',
    )
  })

  it.each([
    ['securityContext: { runAsUser: 1, runAsGroup: 2 }', '--user 1:2'],
    ['securityContext: { runAsUser: 1 }', '--user 1 '],
    ['securityContext: { readOnlyRootFilesystem: true }', '--read-only'],
    ['securityContext: { allowPrivilegeEscalation: false }', '--security-opt no-new-privileges'],
    [
      'securityContext: { capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } }',
      '--cap-drop ALL --cap-add NET_BIND_SERVICE',
    ],
    ['resources: { limits: { memory: 64Mi, cpu: 250m } }', '--memory 67108864 --memory-swap 67108864 --cpus 0.25'],
    ['workingDir: /work', '--workdir /work'],
    ['terminationMessagePath: /tmp/last-words', 'target=/tmp/last-words'],
  ])('with %s has %s', (fields, expected) => {
    expect(argumentsFor(fields)).toContain(expected)
  })

  it('shares processes and groups as the Pod says', () => {
    const all = argumentsFor('', { spec: 'shareProcessNamespace: true, securityContext: { fsGroup: 7 },' })
    expect(all).toContain('--pid container:pod-x')
    expect(all).toContain('--group-add 7')
  })

  it('gives command, arguments, variables and mounts as they were resolved', () => {
    const mounts = [{ hostPath: '/tmp/v', mountPath: '/config', readOnly: true }]
    const all = argumentsFor('', { launch: { command: ['sh', '-c'], args: ['true'], env: { A: 'b c' }, mounts } })
    expect(all).toContain('--mount type=bind,source=/tmp/v,target=/config,readonly ')
    expect(all).toContain('--env A=b c --entrypoint sh web:1 -c true')
  })
})

describe('runAsNonRoot', () => {
  const nonRoot = 'securityContext: { runAsNonRoot: true }'

  it.each(['65532', '65532:65532', '1'])('is content with an image of user %s', (user) => {
    expect(() => argumentsFor(nonRoot, { user })).not.toThrow()
  })

  it.each(['', '0', 'root', 'nonroot', '0:0'])('refuses an image of user "%s"', (user) => {
    expect(() => argumentsFor(nonRoot, { user })).toThrow('runAsNonRoot: expected a numeric user other than 0')
  })

  it('looks at the user of the manifest first', () => {
    expect(() => argumentsFor('securityContext: { runAsNonRoot: true, runAsUser: 5 }', { user: '' })).not.toThrow()
    expect(() => argumentsFor('securityContext: { runAsNonRoot: true, runAsUser: 0 }')).toThrow('found "0"')
  })
})
