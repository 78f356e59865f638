/**
 * What all containers share, and what happens when it is lost: after a reboot of the node nothing runs any
 * more, and once all is gone the whole init list runs again (S16).
 */
import { type Draft, noteContainer, ofRun, setLife } from './draft.ts'
import { type ContainerState, isAlive, isAtRest } from './state.ts'

export function loseSandbox(draft: Draft): void {
  draft.state = { ...draft.state, sandbox: 'lost' }
}

/** Kills what still runs in a lost sandbox, then begins anew in a fresh one. */
export function renewSandbox(draft: Draft): void {
  if (draft.state.sandbox === 'up') return
  for (const container of draft.state.containers) killInLost(draft, container)
  if (draft.state.termination !== undefined || !draft.state.containers.every(isAtRest)) return
  draft.state = { ...draft.state, sandbox: 'up', initialized: false, containers: draft.state.containers.map(renewed) }
}

function killInLost(draft: Draft, container: ContainerState): void {
  const { life } = container
  if (isAlive(container) && !(life.is === 'leaving' && life.step.at === 'killed')) {
    draft.actions.push({ do: 'kill', ...ofRun(container) })
    noteContainer(draft, container, { what: 'killed', why: 'sandbox' })
    setLife(draft, container, { ...container.life, is: 'leaving', why: 'sandbox', step: { at: 'killed' } })
  }
}

function renewed({ plan, run, life }: ContainerState): ContainerState {
  return { plan, run: life.is === 'absent' ? run : run + 1, life: { is: 'absent' } }
}
