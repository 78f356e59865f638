/** Tells each signal that asks it to end, and ends at the first. */
import { nodeProcess } from '../process-edge.ts'

nodeProcess().onSignal((signal) => {
  process.stdout.write(`${signal}\n`)
  process.exit(0)
})
process.stdin.resume()
process.stdout.write('ready\n')
