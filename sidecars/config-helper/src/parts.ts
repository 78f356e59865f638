/** The config helper's parts: each source is watched, each output is made of sources and delivered to its app. */
import type { SidecarParts, SidecarWorld } from '@podmates/shared/cli/sidecar-parts.ts'
import { together } from '@podmates/shared/lifecycle/together.ts'
import { createPublisher } from '@podmates/shared/volume/publish.ts'
import type { ConfigHelperConfig } from './config.ts'
import { createOutput, type Output } from './output.ts'
import { createOutputJournal, createOutputMetrics } from './output-journal.ts'
import { type OutputPlan, planOutput, type ReloadPlan } from './output-plan.ts'
import { standingLine } from './output-standing.ts'
import { httpNotifier, type Notify } from './reload/notify-http.ts'
import { signalNotifier, systemSignals } from './reload/notify-signal.ts'
import { httpVerifier, type Verify } from './reload/verify-http.ts'
import { sourceLine } from './source/source-line.ts'
import { createSourceMetrics, createWatchedSource } from './source/watched-source.ts'

export function createParts(config: ConfigHelperConfig, world: SidecarWorld): SidecarParts {
  const { clock, log, metrics, life } = world
  const outputMetrics = createOutputMetrics(metrics)
  const sourceMetrics = createSourceMetrics(metrics)

  const outputs = new Map(
    Object.entries(config.outputs).map(([name, output]): [string, Output] => {
      const plan = planOutput(name, output, config)
      const journal = createOutputJournal(name, { log, metrics: outputMetrics, clock })
      const publisher = createPublisher(plan.dir, { mode: plan.mode, keep: plan.keep })
      const calls = { notify: notifierOf(plan.reload, world), verify: verifierOf(plan, world) }
      return [name, createOutput(plan, { ...world, ...calls, publisher, journal, fail: life.fail })]
    }),
  )
  const sources = Object.entries(config.sources).map(([name, { dir = '' }]) =>
    createWatchedSource(
      { name, dir },
      (state) => {
        for (const output of outputs.values()) output.sourceChanged(name, state)
      },
      { clock, log, metrics: sourceMetrics, fail: life.fail },
    ),
  )

  return {
    // At the same time: an output whose source is missing must not hold up the others.
    parts: [...sources, together('outputs', [...outputs.values()])],
    status: () => [
      sourceLine(sources),
      ...[...outputs].slice(0, outputLinesMax).map(([name, output]) => standingLine(name, output.standing())),
    ],
  }
}

/** `podmate status` has room for four lines of a sidecar's own; all outputs are in the metrics. */
const outputLinesMax = 3

function notifierOf(reload: ReloadPlan, { clock }: SidecarWorld): Notify {
  switch (reload.by) {
    case 'nothing':
      return async () => ({ answer: 'yes' })
    case 'http':
      return httpNotifier(reload, clock)
    case 'signal':
      return signalNotifier(reload, systemSignals(clock))
  }
}

function verifierOf({ verification }: OutputPlan, { clock }: SidecarWorld): Verify {
  return verification === undefined ? async () => ({ answer: 'yes' }) : httpVerifier(verification, clock)
}
