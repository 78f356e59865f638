/** C01-C06: what the image itself promises. */
import assert from 'node:assert/strict'
import { dockerOrThrow } from '../../docker/container.ts'
import { type Check, plainInit } from '../check.ts'
import { run, type Subject, started } from '../subjects.ts'

const inspect = (subject: Subject, template: string): Promise<string> =>
  dockerOrThrow(['image', 'inspect', '--format', template, subject.image]).then((text) => text.trim())

export const imageChecks: readonly Check[] = [
  {
    id: 'C01',
    title: 'the entrypoint is in exec form, without a shell or npm',
    level: 'must',
    observe: async (subject) => {
      const entrypoint = JSON.parse(await inspect(subject, '{{json .Config.Entrypoint}}'))
      assert.ok(Array.isArray(entrypoint) && entrypoint.length > 0, `no entrypoint: ${JSON.stringify(entrypoint)}`)
      assert.doesNotMatch(entrypoint[0], /(^|\/)(sh|bash|ash|npm|npx|pnpm|tini|dumb-init)$/)
      return entrypoint.join(' ')
    },
  },
  {
    id: 'C02',
    title: 'the user is numeric and not root',
    level: 'must',
    observe: async (subject) => {
      const user = await inspect(subject, '{{.Config.User}}')
      assert.match(user, /^[1-9]\d*:[1-9]\d*$/)
      return user
    },
  },
  {
    id: 'C03',
    title: 'runs with any other user id',
    level: 'must',
    observe: async (subject) => {
      if (subject.adminPort === undefined) {
        await using container = await run(subject, { args: ['version'], flags: ['--user', '12345:12345'] })
        assert.equal(await container.ended(), 0)
        return 'version as 12345: exit 0'
      }
      await using container = await started(subject, { flags: ['--user', '12345:12345'] })
      return `started as ${await container.inspect('{{.Config.User}}')}`
    },
  },
  {
    id: 'C04',
    title: 'works with a read-only root, no capability, no new privileges',
    level: 'must',
    notFor: { 'init-waiter': 'it writes nothing; every other check runs it under the same restrictions' },
    observe: async (subject) => {
      await using container = await started(subject)
      const facts = await container.inspect(
        '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}',
      )
      assert.equal(facts, 'true [ALL] [no-new-privileges]')
      return facts
    },
  },
  {
    id: 'C05',
    title: 'needs no port below 1024, no HOME and no TMPDIR',
    level: 'must',
    notFor: { 'init-waiter': plainInit },
    observe: async (subject) => {
      await using container = await started(subject, { env: { HOME: '/nowhere', TMPDIR: '/nowhere' } })
      const exposed = Object.keys(JSON.parse(await inspect(subject, '{{json .Config.ExposedPorts}}')) ?? {})
      assert.ok(
        exposed.every((port) => Number.parseInt(port, 10) >= 1024),
        `exposed: ${exposed.join(', ')}`,
      )
      return `started; exposes ${exposed.join(', ') || 'nothing'} (${container.id.slice(0, 12)})`
    },
  },
  {
    id: 'C06',
    title: 'carries the OCI and dev.podmates labels, and no secret in its environment or history',
    level: 'should',
    observe: async (subject) => {
      const labels = JSON.parse(await inspect(subject, '{{json .Config.Labels}}'))
      for (const name of ['source', 'version', 'licenses', 'revision', 'title']) {
        assert.ok(labels[`org.opencontainers.image.${name}`], `label org.opencontainers.image.${name} is missing`)
      }
      for (const name of ['admin-port', 'startup-path', 'longest-drain']) {
        assert.notEqual(labels[`dev.podmates.${name}`], undefined, `label dev.podmates.${name} is missing`)
      }
      const history = await dockerOrThrow(['history', '--no-trunc', '--format', '{{.CreatedBy}}', subject.image])
      const environment = await inspect(subject, '{{json .Config.Env}}')
      assert.doesNotMatch(history + environment, /(secret|password|token|api_?key)\s*[=:]\s*\S/i)
      return `${labels['org.opencontainers.image.version']}, admin port ${labels['dev.podmates.admin-port']}`
    },
  },
]
