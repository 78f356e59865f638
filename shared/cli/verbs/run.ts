/** `podmate run`: from the command line to a life. The parts come from the sidecar; what all sidecars share is here. */
import { createAdminServer } from '../../admin/admin-server.ts'
import type { AdminSettings } from '../../admin/admin-settings.ts'
import { formatProblems } from '../../config/format-problems.ts'
import type { LoadedConfig } from '../../config/load-config.ts'
import type { TcpAddress } from '../../config/values/address.ts'
import { createLifecycle } from '../../lifecycle/lifecycle.ts'
import type { Part } from '../../lifecycle/part.ts'
import type { ProcessEdge } from '../../lifecycle/process-edge.ts'
import { createLevelSwitch } from '../../log/level-switch.ts'
import { createLogger } from '../../log/pino-logger.ts'
import { createRedaction } from '../../log/redaction.ts'
import { stdoutLines } from '../../log/stdout-lines.ts'
import { createMetrics } from '../../metrics/metrics.ts'
import { systemRandom } from '../../world/random.ts'
import { readAdminAddress } from '../admin-address.ts'
import { refusalText } from '../command-line.ts'
import { followStatus } from '../common-status.ts'
import { type ConfigReading, readConfig } from '../read-config.ts'
import type { CommonConfig, ConfigSchema } from '../sidecar-definition.ts'
import type { SidecarWorld } from '../sidecar-parts.ts'
import { tellOfLostReader } from '../terminal.ts'
import type { RunContext } from '../verb.ts'
import { version } from '../version.ts'

/** @param process listens for signals already; ends the process when the life is over */
export async function run<Schema extends ConfigSchema>(
  context: RunContext<Schema>,
  process: ProcessEdge,
): Promise<void> {
  const { definition, options, env, clock } = context
  const { name, signalExitCode } = definition
  const wish = options.admin === undefined ? undefined : readAdminAddress('--admin', options.admin)
  if (wish?.kind === 'refused') {
    process.stderr(`${refusalText(wish)}\n`)
    return process.exit(2)
  }
  const redaction = createRedaction()
  const level = options.logLevel ?? 'info'
  const stdout = stdoutLines(env, clock)
  tellOfLostReader(name, process.stderr)
  const log = createLogger({ sidecar: name, level }, { clock, redaction, write: stdout.write })
  const life = createLifecycle(
    { name, ...(signalExitCode === undefined ? {} : { signalExitCode }) },
    { clock, log, process },
  )
  let parts: readonly Part[] = []
  try {
    const reading = await readConfig(context)
    if (reading.result.ok) {
      redaction.hide(reading.result.secrets)
      const metrics = createMetrics(name, version)
      metrics.counter('log_dropped_lines_total', 'Own log lines dropped because the reader of stdout was behind.', {
        collect: (counter) => counter.inc(stdout.takeDropped()),
      })
      const writeLine = (line: string): void => stdout.writeSoon(redaction.line(line))
      const world = { clock, random: systemRandom, log, writeLine, metrics, life }
      parts = await compose(context, { ...reading, result: reading.result, wanted: wish?.address }, world)
    } else {
      const block = formatProblems(reading.result.problems)
      process.stderr(`${block}\n`)
      log.error({ config_file: reading.file, problems: reading.result.problems.length }, 'the configuration is refused')
      life.finish(1, block)
    }
  } catch (error) {
    life.fail(error)
  }
  await life.run(parts)
}

type Loaded<Schema extends ConfigSchema> = ConfigReading<Schema> & {
  readonly result: LoadedConfig<CommonConfig> & ConfigReading<Schema>['result']
  /** What `--admin` says. */
  readonly wanted: TcpAddress | undefined
}

/** The admin server, then the sidecar's own parts. */
async function compose<Schema extends ConfigSchema>(
  { definition, options, clock }: RunContext<Schema>,
  { result, file, isDefault, wanted }: Loaded<Schema>,
  world: SidecarWorld,
): Promise<readonly Part[]> {
  const { log, metrics, life } = world
  const { value, hash, warnings } = result
  log.level = options.logLevel ?? value.log?.level ?? 'info'
  metrics.setConfigHash(hash)
  log.info({ version, config_file: file, config_hash: hash }, 'starting')

  for (const { code, line, column, path, message } of warnings) {
    log.warn({ code, line, column, key: path, what: message }, 'the configuration has a warning')
  }
  const { createParts } = await definition.parts()
  const own = await createParts(value, world)
  if (definition.adminPort === undefined) return own.parts

  const levels = createLevelSwitch(log, clock)
  const status = followStatus(
    {
      sidecar: definition.name,
      version,
      config: { file, hash, isDefault },
      life,
      levels,
      own: () => own.status?.() ?? [],
    },
    clock,
  )
  const settings = adminSettings(value.admin, { port: definition.adminPort, wanted })
  const admin = createAdminServer(
    settings,
    { life, levels, status, exposition: () => metrics.exposition(), config: () => result.printable },
    world,
  )
  return [admin, ...own.parts]
}

interface AdminWish {
  readonly port: number
  readonly wanted: TcpAddress | undefined
}

function adminSettings(configured: AdminSettings | undefined, { port, wanted }: AdminWish): AdminSettings {
  const settings = configured ?? { address: { host: '0.0.0.0', port }, readOnly: false, peers: 'loopback' }
  return wanted === undefined ? settings : { ...settings, address: wanted }
}
