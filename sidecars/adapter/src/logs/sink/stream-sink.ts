/** Writes text to a stream and knows when it has left the process: what the checkpoint waits for. */
import type { Writable } from 'node:stream'

export interface StreamSink {
  /** Resolves when the system has taken the text; rejects when the reader is gone. */
  write(text: string): Promise<void>
}

/** @param stream stdout in production: a pipe or file, whose writes the system takes whole and in order */
export function createStreamSink(stream: Writable): StreamSink {
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()))
      }),
  }
}
