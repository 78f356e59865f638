/** The config helper's image beside the Go app, as in a Pod. */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@podmates/shared/testing/temporary-folder.ts'
import { describe, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { type Container, dockerOrThrow, startContainer } from '../../docker/container.ts'
import { type Helper, type HelperPod, podUser, startHelperPod } from './helper-pod.ts'

const settings = (greeting: string): string => `greeting: ${greeting}\nprice_cents: 1999\n`
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The example Pod's output, with less patience. */
const byHttp = `
sources: { app: { dir: /sources/app } }
outputs:
  app:
    dir: /config
    reload: { http: { url: "http://127.0.0.1:8080/-/reload" } }
    verify: { http: { url: "http://127.0.0.1:8080/-/config", json: $.hash }, within: 2s }
    debounce: { quiet: 50ms }
`

const bySignal = `
sources: { app: { dir: /sources/app } }
outputs:
  app:
    dir: /config
    reload: { signal: { name: SIGHUP, process: app } }
    verify: { http: { url: "http://127.0.0.1:8080/-/config", json: $.hash }, within: 5s }
    debounce: { quiet: 50ms }
`

async function untilLine(helper: Helper, message: string): Promise<Readonly<Record<string, unknown>>> {
  let line: Readonly<Record<string, unknown>> | undefined
  await until(`the line "${message}"`, async () => {
    line = (await helper.lines()).find(({ msg }) => msg === message)
    return line !== undefined
  })
  return line ?? {}
}

async function untilAppHas(pod: HelperPod, text: string): Promise<void> {
  await until(`the app to load ${JSON.stringify(text)}`, async () => (await pod.appState()).hash === sha256(text))
}

describe('the config helper', () => {
  it('passes its startup probe only once the first version is published, for the app to find', async () => {
    await using pod = await startHelperPod()
    const helper = await pod.startHelper(byHttp, 'listening')
    expect([await helper.probe('/livez'), await helper.probe('/startupz')]).toEqual([200, 503])
    await pod.configMap.write({ 'app.yaml': settings('welcome') })
    await until('the startup probe', async () => (await helper.probe('/startupz')) === 200)
    const file = join(pod.output, 'app.yaml')
    expect(await readFile(file, 'utf8')).toBe(settings('welcome'))
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    await pod.startApp()
    await untilLine(helper, 'acknowledged')
  })

  it('brings a changed ConfigMap to the app and sees it acknowledge the new hash', async () => {
    await using pod = await startHelperPod({ files: { 'app.yaml': settings('old') } })
    const helper = await pod.startHelper(byHttp)
    await pod.startApp()
    await untilLine(helper, 'acknowledged')
    await pod.configMap.write({ 'app.yaml': settings('new') })
    await untilAppHas(pod, settings('new'))
    await until('the helper to know', async () => (await helper.status())['output app']?.verdict === 'current')
    const { observed, published, acknowledged } = (await helper.status())['output app'] ?? {}
    expect([published, acknowledged]).toEqual([observed, observed])
  })

  it('refuses a file that does not parse, and the app never sees it', async () => {
    await using pod = await startHelperPod({ files: { 'app.yaml': settings('good') } })
    const helper = await pod.startHelper(byHttp)
    await pod.startApp()
    await untilLine(helper, 'acknowledged')
    await pod.configMap.write({ 'app.yaml': 'greeting: [\n' })
    expect(await untilLine(helper, 'version refused, the published one stays')).toMatchObject({ code: 'PM3004' })
    expect(await readFile(join(pod.output, 'app.yaml'), 'utf8')).toBe(settings('good'))
    expect(await pod.appState()).toMatchObject({ hash: sha256(settings('good')), error: '' })
  })

  it('takes back what the app refuses, and brings the next good version', async () => {
    await using pod = await startHelperPod({ files: { 'app.yaml': settings('good') } })
    const helper = await pod.startHelper(byHttp)
    await pod.startApp()
    await untilLine(helper, 'acknowledged')
    await pod.configMap.write({ 'app.yaml': 'no_such_setting: 1\n' })
    const failure = await untilLine(helper, 'the app did not take the version, rolling back')
    expect(failure).toMatchObject({ code: 'PM3101', reason: expect.stringContaining('no_such_setting') })
    await untilLine(helper, 'rolled back')
    expect(await readFile(join(pod.output, 'app.yaml'), 'utf8')).toBe(settings('good'))
    await until('the app to be content', async () => (await pod.appState()).error === '')
    await pod.configMap.write({ 'app.yaml': settings('better') })
    await untilAppHas(pod, settings('better'))
  })

  it('keeps what was published through kill -9, and catches up with what changed meanwhile', async () => {
    await using pod = await startHelperPod({ files: { 'app.yaml': settings('before') } })
    const helper = await pod.startHelper(byHttp)
    await pod.startApp()
    await untilLine(helper, 'acknowledged')
    for (const round of ['first', 'second', 'third']) {
      await pod.configMap.write({ 'app.yaml': settings(`killed ${round}`) })
      await dockerOrThrow(['kill', helper.container.getId()])
      expect(await readFile(join(pod.output, 'app.yaml'), 'utf8')).toMatch(/^greeting: /)
      await pod.configMap.write({ 'app.yaml': settings(`after ${round}`) })
      await dockerOrThrow(['start', helper.container.getId()])
      await untilAppHas(pod, settings(`after ${round}`))
    }
    expect((await readdir(pod.output)).filter((name) => name.startsWith('..tmp-'))).toEqual([])
  })

  it('exits 0 at docker stop, and its last line says so', async () => {
    await using pod = await startHelperPod({ files: { 'app.yaml': settings('any') } })
    const helper = await pod.startHelper(byHttp)
    expect(await helper.stop()).toBe(0)
    expect((await helper.lines()).at(-1)).toMatchObject({ msg: 'stopped', reason: 'SIGTERM', exit_code: 0 })
  })
})

describe('a reload by signal in a shared PID namespace', () => {
  it('reaches the app', async () => {
    await using pod = await startHelperPod({ files: { 'app.yaml': settings('old') }, sharesProcesses: true })
    const helper = await pod.startHelper(bySignal)
    await pod.startApp()
    await pod.configMap.write({ 'app.yaml': settings('new') })
    await untilAppHas(pod, settings('new'))
    await until('the helper to know', async () => (await helper.status())['output app']?.verdict === 'current')
  })

  it('says which user to set when the app runs as another', async () => {
    await using pod = await startHelperPod({
      files: { 'app.yaml': settings('old') },
      sharesProcesses: true,
      appUser: `12345:${podUser.split(':')[1]}`,
    })
    const helper = await pod.startHelper(bySignal)
    await pod.startApp()
    await pod.configMap.write({ 'app.yaml': settings('new') })
    await until('the line about the user', async () => (await helper.lines()).some(({ code }) => code === 'PM3104'))
    const line = (await helper.lines()).find(({ code }) => code === 'PM3104')
    expect(line).toMatchObject({ msg: 'the app cannot be told', reason: expect.stringContaining('as user 12345') })
  })

  it('finds no process when the namespace is not shared', async () => {
    await using pod = await startHelperPod({ files: { 'app.yaml': settings('old') } })
    const helper = await pod.startHelper(bySignal)
    await pod.startApp()
    await pod.configMap.write({ 'app.yaml': settings('new') })
    const line = await untilLine(helper, 'the app cannot be told')
    expect(line).toMatchObject({ code: 'PM3102', reason: expect.stringContaining('shareProcessNamespace') })
  })
})

describe('a Pod whose manifest is wrong', () => {
  /** A helper alone, with a config and no other volume. */
  async function startAlone(config: string): Promise<Container> {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'config-helper.yaml'), config)
    return startContainer({ image: 'podmates/config-helper:dev', volumes: [`${folder}:/etc/podmates:ro`] })
  }

  it('is told of an unknown key, with its place and exit code 1', async () => {
    await using helper = await startAlone('sources: {}\noutptus: {}\n')
    expect(await helper.ended()).toBe(1)
    expect((await helper.logs()).stderr).toContain('config-helper.yaml:2:1 PM0107 unknown key "outptus"')
  })

  it.each([
    ['does not exist', '/config', 'PM1211'],
    ['is part of the read-only root', '/app', 'PM1209'],
  ])('is told which volume to mount when the output %s', async (_what, dir, code) => {
    await using helper = await startAlone(
      `sources: { app: { dir: /etc/podmates } }\noutputs: { app: { dir: ${dir} } }\n`,
    )
    expect(await helper.ended()).toBe(1)
    const { stderr } = await helper.logs()
    expect(stderr).toContain(`config-helper: ${code} cannot publish to ${dir}`)
    expect(stderr).toContain('emptyDir')
  })
})
