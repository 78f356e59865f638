/** Reads requests with our codec alone, without a connection: what the property tests hold against laws and other parsers. */
import { type BodyReader, bodyReader } from '../http1/body-reader.ts'
import { HeadCollector } from '../http1/head-collector.ts'
import type { MessageLimits } from '../http1/message-limits.ts'
import { readRequestHead } from '../http1/request-head.ts'

export interface Message {
  readonly method: string
  readonly target: string
  readonly body: string
  /** The lines after the last chunk that may go on, each with its CRLF. */
  readonly trailers: string
}

export interface Reading {
  /** The messages that were whole, up to the first that was refused or the last of its connection. */
  readonly messages: Message[]
  /**
   * `waiting`: the bytes end inside a message, and nothing is wrong with it so far. `offer`: the last one offers
   * another protocol, so what the bytes after it are is for the answer to say.
   */
  readonly end: 'clean' | 'waiting' | 'refused' | 'last' | 'offer'
}

/** @param pieces latin1, as they would come out of one read after another */
export function readRequests(pieces: readonly string[], limits: MessageLimits): Reading {
  const heads = new HeadCollector(limits.headBytesMax)
  const messages: Message[] = []
  let begun: (Message & { body: string; trailers: string; isLast: boolean; isOffer: boolean }) | undefined
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
        begun = {
          method: head.method,
          target: head.target,
          body: '',
          trailers: '',
          isLast: !head.keepAlive,
          isOffer: head.upgrade !== undefined,
        }
        if (head.framing.kind !== 'none') reader = bodyReader(head.framing, limits)
      } else {
        at = reader.read(bytes, at, (part) => {
          if (begun !== undefined) begun.body += part.toString('latin1')
        })
        if (reader.refusal !== undefined) return { messages, end: 'refused' }
      }
      if (begun === undefined || reader?.isDone === false) continue
      if (reader !== undefined) begun.trailers = reader.trailers
      const { isLast, isOffer, ...message } = begun
      messages.push(message)
      begun = undefined
      reader = undefined
      if (isLast) return { messages, end: 'last' }
      if (isOffer) return { messages, end: 'offer' }
    }
  }
  return { messages, end: begun !== undefined || heads.isPartial ? 'waiting' : 'clean' }
}
