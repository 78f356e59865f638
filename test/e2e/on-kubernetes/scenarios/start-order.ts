/** The example as it is: started in list order, no app before its sidecars, traffic, metrics and logs on their ways. */

import { until } from '../../../conformance/until.ts'
import { containerStatuses, type Pod } from '../../../kube/objects.ts'
import type { ObservedPod } from '../../../kube/observe-pod.ts'
import type { PodSighting } from '../../../kube/observed/sightings.ts'
import type { Timeline } from '../../../pod/timeline/timeline.ts'
import { checkoutExample, inventoryExample } from '../examples.ts'
import { sumOf } from '../exposition.ts'
import type { Findings } from '../findings.ts'
import { linesSaying, normalisedRecords } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

const listOrder = ['wait', 'config-helper', 'ambassador', 'adapter', 'checkout']
const sidecars = ['config-helper', 'ambassador', 'adapter']
const quotes = 60

export const startOrder: Scenario = {
  name: 'start-order',
  title: 'the example as it is: order of start, traffic, metrics, logs',
  play: async (stage) => {
    const { findings } = stage
    const pods = await stage.observeAll('checkout')
    const inventory = await stage.observeAll('inventory')
    await stage.apply([...inventoryExample(), ...checkoutExample()])
    const [pod] = await stage.untilReady(pods, 1)
    const [observed] = await pods.all()
    if (pod === undefined || observed === undefined) throw new Error('the ready Pod is gone')
    await observed.untilLine('checkout', 'started', () => true, stage.within(10_000))

    orderFacts(findings, observed)
    await trafficFacts(stage, pod, await stage.untilReady(inventory, 3))
    await metricsFacts(stage, pod)
    await logFacts(findings, observed)
    await stage.measureMemory()
    stage.keepTimeline('start-order', observed)
  },
}

function orderFacts(findings: Findings, observed: ObservedPod): void {
  const timeline = observed.timeline()
  const started = orderOf(timeline)
  findings.fact(`started in list order: ${started.join(', ')}`, started.join() === listOrder.join())

  const early = observed.sightings().pods.filter(isAppEarly)
  findings.fact(
    `in none of ${observed.sightings().pods.length} states of the Pod ran the app beside a sidecar that had not started`,
    early.length === 0,
  )
  const appMs = observed.lines('checkout')[0]?.atMs ?? Number.NaN
  const startedMs = sidecars.map((name) => linesSaying(observed.lines(name), 'started')[0]?.atMs ?? Number.NaN)
  findings.fact(
    `the app's first line came ${Math.round(appMs - Math.max(...startedMs))} ms after the last sidecar said "started"`,
    startedMs.every((ms) => ms < appMs),
  )
  const readyMs = timeline.entries.find(({ what }) => what === 'podReady')?.atMs
  if (readyMs !== undefined) findings.time('from its creation to Ready', readyMs)
}

function orderOf({ entries }: Timeline): string[] {
  return entries.flatMap((entry) => (entry.what === 'running' ? [entry.container] : []))
}

function isAppEarly({ pod }: PodSighting): boolean {
  const statuses = containerStatuses(pod)
  const runs = (name: string): boolean => statuses.find((each) => each.name === name)?.state?.running !== undefined
  return runs('checkout') && statuses.some(({ name, started }) => sidecars.includes(name) && started !== true)
}

async function trafficFacts(stage: Stage, pod: Pod, inventory: readonly Pod[]): Promise<void> {
  let answered = 0
  for (let asked = 0; asked < quotes; asked += 1)
    if (JSON.parse(await stage.ask(pod, 8080, '/quote?sku=lamp&quantity=2')).available === true) answered += 1
  const received = await Promise.all(inventory.map((each) => receivedBy(stage, each)))
  const total = received.reduce((sum, count) => sum + count, 0)
  stage.findings.fact(
    `${answered} of ${quotes} quotes answered; the inventory Pods received ${received.join(' + ')}`,
    answered === quotes && total >= quotes && received.every((count) => count > 0),
  )
  const passed = await sumOf(stage, pod, 19001, 'podmates_ambassador_requests_total')
  stage.findings.fact(`the ambassador passed ${passed} of them`, passed >= quotes)
}

async function receivedBy(stage: Stage, pod: Pod): Promise<number> {
  return JSON.parse(await stage.ask(pod, 8081, '/-/stats')).requests
}

/** Metrics come over UDP: the last of them may be a moment late. */
async function metricsFacts(stage: Stage, pod: Pod): Promise<void> {
  await until('the last count', async () => (await sumOf(stage, pod, 9102, 'checkout_requests')) >= quotes)
  const counted = await sumOf(stage, pod, 9102, 'checkout_requests')
  stage.findings.fact(
    `StatsD in, /metrics out, scraped from outside the Pod: checkout_requests ${counted}`,
    counted === quotes,
  )
}

async function logFacts(findings: Findings, observed: ObservedPod): Promise<void> {
  const normalised = () =>
    normalisedRecords(observed.lines('adapter')).filter(({ fields }) => fields.body === 'request answered')
  await until('the last record', async () => normalised().length >= quotes)
  findings.fact(
    `${normalised().length} of ${quotes} log lines of the app stand normalised in the adapter's output`,
    normalised().length === quotes,
  )
}
