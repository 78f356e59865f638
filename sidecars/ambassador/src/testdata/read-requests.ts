/** Reads requests with our codec alone, without a connection: what the property tests hold against laws and other parsers. */
import { type BodyReader, bodyReader } from '../http1/body-reader.ts'
import { HeadCollector } from '../http1/head-collector.ts'
import type { MessageLimits } from '../http1/message-limits.ts'
import { readRequestHead } from '../http1/request-head.ts'

export interface Message {
  readonly method: string
  readonly target: string
  readonly body: string
}

export interface Reading {
  /** The messages that were whole, up to the first that was refused or the last of its connection. */
  readonly messages: Message[]
  /** `waiting`: the bytes end inside a message, and nothing is wrong with it so far. */
  readonly end: 'clean' | 'waiting' | 'refused' | 'last'
}

/** @param pieces latin1, as they would come out of one read after another */
export function readRequests(pieces: readonly string[], limits: MessageLimits): Reading {
  const heads = new HeadCollector(limits.headBytesMax)
  const messages: Message[] = []
  let begun: { method: string; target: string; body: string; isLast: boolean } | undefined
  let reader: BodyReader | undefined

  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1')
    let at = 0
    while (at < bytes.length) {
      if (reader === undefined) {
        const taken = heads.take(bytes, at)
        if (taken === undefined) break
        const head = typeof taken === 'string' ? readRequestHead(taken, limits, 'paths') : taken
        if (!head.ok) return { messages, end: 'refused' }
        at = heads.end
        begun = { method: head.method, target: head.target, body: '', isLast: !head.keepAlive }
        if (head.framing.kind !== 'none') reader = bodyReader(head.framing, limits)
      } else {
        at = reader.read(bytes, at, (part) => {
          if (begun !== undefined) begun.body += part.toString('latin1')
        })
        if (reader.refusal !== undefined) return { messages, end: 'refused' }
      }
      if (begun === undefined || reader?.isDone === false) continue
      const { isLast, ...message } = begun
      messages.push(message)
      begun = undefined
      reader = undefined
      if (isLast) return { messages, end: 'last' }
    }
  }
  return { messages, end: begun !== undefined || heads.isPartial ? 'waiting' : 'clean' }
}
