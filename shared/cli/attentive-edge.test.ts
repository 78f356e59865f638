import { expect, it } from 'vitest'
import type { EndSignal, ProcessEdge } from '../lifecycle/process-edge.ts'
import { attentive } from './attentive-edge.ts'

/** An edge of which only the signals matter, and a way to send one. */
function edgeWithSignals() {
  let listener: ((signal: EndSignal) => void) | undefined
  const edge: ProcessEdge = {
    onSignal: (next) => {
      listener = next
    },
    onCrash: () => {},
    writeTerminationMessage: () => {},
    stderr: () => {},
    exit: () => {},
  }
  return { edge, send: (signal: EndSignal) => listener?.(signal), isHeard: () => listener !== undefined }
}

it('listens from its first moment', () => {
  const { edge, isHeard } = edgeWithSignals()
  attentive(edge)
  expect(isHeard()).toBe(true)
})

it('hands on, once and in order, what came before anybody asked, and what comes after', () => {
  const { edge, send } = edgeWithSignals()
  const early = attentive(edge)
  send('SIGTERM')
  send('SIGINT')
  const heard: EndSignal[] = []
  early.onSignal((signal) => heard.push(signal))
  expect(heard).toEqual(['SIGTERM', 'SIGINT'])
  send('SIGTERM')
  expect(heard).toEqual(['SIGTERM', 'SIGINT', 'SIGTERM'])
})
