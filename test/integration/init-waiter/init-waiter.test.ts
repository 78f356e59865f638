/** What the init waiter's image does beside real dependencies; its exit code is all that a Pod sees of it. */
import { describe, expect, it } from 'vitest'
import { startStage } from './waiter-container.ts'

/** The messages about steps, each with the step's name. */
function story(lines: readonly Record<string, unknown>[]): string[] {
  return lines.filter((line) => 'step' in line).map((line) => `${line.msg} ${line.step}`)
}

describe('a dependency that comes late', () => {
  it('is waited for, and then the Pod may go on', async () => {
    await using stage = await startStage()
    const waiter = await stage.waiter({ args: ['http://inventory:8080/healthz', '--timeout', '60s'] })
    expect(await waiter.line('not ready yet')).toMatchObject({
      step: 'inventory',
      target: 'http://inventory:8080/healthz',
      reason: expect.stringMatching(/^the name (is not known|server does not answer)/),
    })
    await stage.inventory('inventory')
    expect(await waiter.ended()).toBe(0)
    expect(await waiter.stderr()).toBe('')
    expect(await waiter.line('all steps are ready')).toMatchObject({
      verdict: 'ready',
      steps: [{ step: 'inventory', outcome: 'ready', tries: expect.any(Number) }],
    })
    expect(await waiter.terminationMessage()).toMatch(/^done after .*: 1 of 1 ready\nSTEP/)
  })

  it('is ready only after as many successes in a row as the config wants', async () => {
    await using stage = await startStage()
    await stage.inventory('inventory')
    const waiter = await stage.waiter({
      config: 'steps: { inventory: { wait: "tcp://inventory:8080", successes: 3 } }',
    })
    expect(await waiter.ended()).toBe(0)
    expect(await waiter.line('ready')).toMatchObject({ step: 'inventory', tries: 3 })
  })
})

describe('a dependency that never comes', () => {
  it('ends it with 124, the reason in the table on stderr and in the termination message', async () => {
    await using stage = await startStage()
    await stage.inventory('inventory')
    const waiter = await stage.waiter({
      args: ['http://inventory:8080/healthz', 'tcp://inventory:9', '--timeout', '3s'],
    })
    expect(await waiter.ended()).toBe(124)
    const stderr = await waiter.stderr()
    expect(stderr).toMatch(/^PM4001 the time was over after 3s.*: 1 of 2 ready$/m)
    expect(stderr).toMatch(/^inventory-2 +tcp:\/\/inventory:9 +failed +\d+ +\d+s\S* +connection refused by \S+:9/m)
    expect(stderr).toMatch(/^inventory +http:\/\/inventory:8080\/healthz +ready +\d+/m)
    expect(await waiter.terminationMessage()).toBe(stderr.trimEnd())
    const [last] = (await waiter.lines()).slice(-1)
    expect(last).toMatchObject({ msg: 'stopped', exit_code: 124 })
  })

  it('ends it within the time of its step, although the plan has more', async () => {
    await using stage = await startStage()
    const waiter = await stage.waiter({
      config: 'steps: { db: { wait: "tcp://127.0.0.1:5432", timeout: 1s }, other: { wait: "tcp://127.0.0.1:1" } }',
    })
    expect(await waiter.ended()).toBe(124)
    expect(await waiter.stderr()).toMatch(/^db +\S+ +failed[\s\S]*^other +\S+ +cut/m)
  })
})

describe('SIGTERM before it is done', () => {
  it('ends it with 143, so that the Pod does not go on, and names what was missing', async () => {
    await using stage = await startStage()
    const waiter = await stage.waiter({ args: ['tcp://127.0.0.1:9'] })
    await waiter.line('not ready yet')
    await waiter.kill('TERM')
    expect(await waiter.ended()).toBe(143)
    expect(JSON.parse(await waiter.terminationMessage())).toMatchObject({
      msg: 'stopped',
      reason: 'SIGTERM',
      exit_code: 143,
      parts: [{ part: 'plan', outcome: 'stopped', facts: { ready: 0, not_ready: '127.0.0.1' } }],
    })
  })
})

describe('the status of an http target', () => {
  it('is ready by the statuses that the config names, and by no others', async () => {
    await using stage = await startStage()
    await stage.inventory('inventory')
    const waiter = await stage.waiter({
      config: `
timeout: 3s
steps:
  gone: { wait: { http: "http://inventory:8080/no-such-path", status: 404 } }
  default: { wait: "http://inventory:8080/no-such-path" }
`,
    })
    expect(await waiter.ended()).toBe(124)
    const stderr = await waiter.stderr()
    expect(stderr).toMatch(/^gone .* ready /m)
    expect(stderr).toMatch(/^default .* failed .* answered 404, not 200-399$/m)
  })
})

describe('several steps', () => {
  it('all begin at once, except those that come after others', async () => {
    await using stage = await startStage()
    await stage.inventory('inventory')
    const waiter = await stage.waiter({
      config: `
steps:
  last: { wait: "http://inventory:8080/healthz", after: [one, two] }
  one: { wait: "http://inventory:8080/healthz" }
  two: { wait: "tcp://inventory:8080", successes: 2 }
`,
    })
    expect(await waiter.ended()).toBe(0)
    const lines = story(await waiter.lines())
    expect(lines.slice(0, 2)).toEqual(['waiting one', 'waiting two'])
    expect(lines.slice(2, 4).toSorted()).toEqual(['ready one', 'ready two'])
    expect(lines.slice(4)).toEqual(['waiting last', 'ready last'])
  })
})

describe('what it cannot run', () => {
  it('ends it with 1 for a config that is wrong, with the place', async () => {
    await using stage = await startStage()
    const waiter = await stage.waiter({ config: 'steps:\n  db: { wait: "db:5432" }\n' })
    expect(await waiter.ended()).toBe(1)
    const message = await waiter.terminationMessage()
    expect(message).toMatch(/^\/etc\/podmates\/init-waiter\.yaml:2:15 PM0110 steps\.db\.wait: expected/)
    expect(message).toContain('add the protocol: tcp://db:5432')
    expect(await waiter.stderr()).toBe(`${message}\n`)
  })

  it('ends it with 2 for an option that it does not know', async () => {
    await using stage = await startStage()
    const waiter = await stage.waiter({ args: ['tcp://db:5432', '--timout', '3s'] })
    expect(await waiter.ended()).toBe(2)
    expect(await waiter.stderr()).toContain('did you mean "--timeout"')
  })
})
