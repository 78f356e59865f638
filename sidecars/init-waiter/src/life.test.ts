/** The init waiter as a process: its exit code is all that a Pod sees of it. */
import { createServer } from 'node:net'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { startSidecar } from '@podmates/shared/testing/sidecar-process.ts'
import { expect, it, vi } from 'vitest'

// It starts processes, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const main = new URL('main.ts', import.meta.url)

const waiter = (...args: string[]) => startSidecar({ main, args, admin: 'none', waitFor: 'nothing' })

it('waits for a port that opens later, and exits 0', async () => {
  const port = await freePort()
  await using process = await waiter(`tcp://127.0.0.1:${port}`)
  await process.line('not ready yet')
  const server = createServer().listen(port, '127.0.0.1')
  expect(await process.exited).toEqual({ exitCode: 0, signal: null })
  server.close()
  expect(process.terminationMessage()).toMatch(/^done after .*: 1 of 1 ready\n/)
  expect(process.stderr()).toBe('')
})

it('exits 124 when the time is over, with the table on stderr and in the termination message', async () => {
  await using process = await waiter('tcp://127.0.0.1:1', '--timeout', '300ms')
  expect(await process.exited).toEqual({ exitCode: 124, signal: null })
  expect(process.stderr()).toMatch(/^PM4001 [\s\S]* connection refused by 127\.0\.0\.1:1 \(ECONNREFUSED\)$/m)
  expect(process.terminationMessage()).toBe(process.stderr().trimEnd())
})

it('exits 143 at SIGTERM, so that the Pod does not go on', async () => {
  await using process = await waiter('tcp://127.0.0.1:1')
  await process.line('not ready yet')
  process.signal('SIGTERM')
  expect(await process.exited).toEqual({ exitCode: 143, signal: null })
  expect(JSON.parse(process.terminationMessage())).toMatchObject({ reason: 'SIGTERM', exit_code: 143 })
})

it('exits 1 at once when waiting is hopeless', async () => {
  await using process = await startSidecar({
    main,
    config: 'steps: { auth: { wait: { http: "https://127.0.0.1:1/", ca: /nowhere/ca.crt } } }',
    admin: 'none',
    waitFor: 'nothing',
  })
  expect(await process.exited).toEqual({ exitCode: 1, signal: null })
  expect(process.stderr()).toMatch(/^PM4002 /)
})
