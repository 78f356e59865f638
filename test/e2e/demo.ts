/**
 * `npm run demo [-- --docker]`: the example Pod with all four sidecars beside the Go app, on this machine,
 * against three replicas of which one is slow and one unsteady. Every number on the screen is measured;
 * exit code 0 only if all of it happened.
 */
import { systemClock } from '../../shared/world/clock.ts'
import { flagsOrExit } from '../../tools/flags.ts'
import { startPod } from '../pod/start-pod.ts'
import { drawChart } from '../pod/timeline/chart.ts'
import { addressOf, changeConfig, normalisedLogs, orderOf, ready, samples, until } from './demo/acts.ts'
import { startOutsideApp } from './demo/outside-app.ts'
import { prepare } from './demo/prepare.ts'
import { startService } from './demo/random-endpoint.ts'
import { startReplicas } from './demo/replicas.ts'
import { createScreen } from './demo/screen.ts'
import { driverFor, exampleSettings, manifestFor } from './demo/stage.ts'
import { drive } from './demo/traffic.ts'

const isOnDocker = flagsOrExit(['--docker']).has('--docker')
const load = { lanes: 16, forMs: 3000 }
const startOrder = 'wait, config-helper, ambassador, adapter, checkout'
const exitOrder = 'wait, checkout, adapter, ambassador, config-helper'

// An explicit exit: what `await using` closed last may still hang in the runtime's own clean-up.
process.exit(await play())

/** The whole demo, everything that it started ended again. @returns the exit code */
async function play(): Promise<number> {
  const screen = createScreen(process.stdout)
  const programs = await prepare({ docker: isOnDocker })
  const settings = exampleSettings()

  screen.act('three inventory replicas: one good, one slow (150 ms), one that is away half of the time')
  await using replicas = await startReplicas(programs.inventory, programs.host)
  const endpoints = replicas.all.map((replica) => replica.address)

  await using service = await startService(endpoints)
  await using alone = await startOutsideApp(programs.checkout, service.address, settings)
  const without = await drive(alone.address, load)

  screen.act('the example Pod: init waiter, config helper, ambassador, adapter, and the app after them')
  await using pod = await startPod(manifestFor(endpoints), {
    driver: await driverFor(isOnDocker ? 'docker' : 'process', process.cwd(), programs),
    clock: systemClock,
  })
  await ready(pod)
  const before = await replicas.received()
  const withAmbassador = await drive(await addressOf(pod, 8080), load)
  const after = await replicas.received()

  screen.traffic({ 'app alone, by a Service': without, 'app with its ambassador': withAmbassador })
  screen.note(
    '(a Service gives the slow replica a third of the connections; the ambassador gives fewer calls to the busier of two)',
  )
  screen.check('the ambassador left fewer failures to the app', withAmbassador.failed < without.failed)
  screen.note(
    `the replicas received ${Object.keys(after)
      .map((name) => `${name} ${(after[name] ?? 0) - (before[name] ?? 0)}`)
      .join(', ')}`,
  )
  screen.lines(await samples(await addressOf(pod, 19001), 'podmates_ambassador_retries_total'))

  screen.act('a ConfigMap changes: published whole, the app told, its answer checked')
  const tookMs = await changeConfig(pod, settings.replace('welcome', 'good morning'))
  screen.check(`the app acknowledged the new file ${Math.round(tookMs)} ms after the volume changed`, true)

  screen.act("the app's StatsD as Prometheus metrics, and its log lines as OpenTelemetry records")
  const metrics = await samples(await addressOf(pod, 9102), 'checkout_')
  screen.lines(metrics.slice(0, 4))
  screen.check(`${metrics.length} samples under checkout_`, metrics.length > 0)
  await until('a normalised log line', async () => normalisedLogs(pod).length > 0)
  screen.lines(normalisedLogs(pod).slice(-2))

  screen.act('the Pod ends: the app first, then the sidecars in reverse')
  const timeline = await pod.terminate()
  screen.text(drawChart(timeline, { colour: screen.colour }))
  const started = orderOf(timeline, 'started')
  const exited = orderOf(timeline, 'exited')
  screen.check(`started: ${started}`, started === startOrder)
  screen.check(`ended: ${exited}`, exited === exitOrder)
  const codes = Object.values(pod.status().containers).map((container) => container.exitCode)
  screen.check(
    `exit codes: ${codes.join(', ')}`,
    codes.every((code) => code === 0),
  )
  screen.deviations(pod.deviations)
  return screen.end()
}
