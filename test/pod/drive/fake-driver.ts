/** A driver for tests: containers are entries in a list, which run until the test ends them. */
import {
  type Driver,
  type ExecResult,
  type Exit,
  type Launch,
  type RunningContainer,
  type Sandbox,
  StartError,
} from './driver.ts'

export interface FakeContainer {
  readonly launch: Launch
  /** Signals that it was sent, in order. */
  readonly signals: string[]
  end(exit: Exit): void
}

export interface FakeDriver extends Driver {
  /** Every start so far, the last run of a container last. */
  readonly started: FakeContainer[]
  readonly state: 'closed' | 'open' | 'new'
  /** The last start of a container. @throws when there was none */
  last(container: string): FakeContainer
}

export interface FakeDriverOptions {
  /** Why a container cannot be started; undefined lets it run. */
  readonly refuses?: (launch: Launch) => string | undefined
  readonly cannotOpen?: string
  /** Every start takes until then. */
  readonly startsAfter?: Promise<void>
  readonly exec?: (container: string, command: readonly string[], aborted: AbortSignal) => Promise<ExecResult>
  /** Signals that end a container, with their exit codes; default SIGTERM 0 and SIGKILL 137. */
  readonly endsBy?: Readonly<Record<string, number>>
}

export function fakeDriver(options: FakeDriverOptions = {}): FakeDriver {
  const { refuses, cannotOpen, startsAfter, exec, endsBy = { SIGTERM: 0, SIGKILL: 137 } } = options
  const started: FakeContainer[] = []
  let state: FakeDriver['state'] = 'new'
  const sandbox: Sandbox = {
    podIp: '192.0.2.1',
    adaptText: (_volume, text) => text,
    start,
    address: async (port) => ({ host: '192.0.2.1', port }),
    close: async () => {
      state = 'closed'
    },
  }

  return {
    name: 'process',
    started,
    get state() {
      return state
    },
    last: (name) => {
      const container = started.findLast(({ launch }) => launch.container.name === name)
      if (container === undefined) throw new Error(`"${name}" was never started`)
      return container
    },
    deviations: () => ['everything is a fake'],
    openSandbox: async () => {
      if (cannotOpen !== undefined) throw new Error(cannotOpen)
      state = 'open'
      return sandbox
    },
  }

  async function start(launch: Launch): Promise<RunningContainer> {
    await startsAfter
    const refusal = refuses?.(launch)
    if (refusal !== undefined) throw new StartError(refusal)
    const { promise: exited, resolve: end } = Promise.withResolvers<Exit>()
    const signals: string[] = []
    started.push({ launch, signals, end })
    return {
      exited,
      stopSignal: launch.container.stopSignal ?? 'SIGTERM',
      signal: (name) => {
        signals.push(name)
        const exitCode = endsBy[name]
        if (exitCode !== undefined) end({ exitCode })
      },
      exec: async (command, aborted) =>
        (await exec?.(launch.container.name, command, aborted)) ?? { exitCode: 0, stdout: '', stderr: '' },
    }
  }
}
