/** A Go program of the demo outside any Pod: started when its log says so, ended by SIGTERM. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface GoProgram extends AsyncDisposable {
  /** The fields of its line `started`, its real addresses among them. */
  readonly started: Readonly<Record<string, string>>
}

/** @throws when the program ends before it has started; what it said stands on stderr */
export async function startGoProgram(program: string, args: readonly string[]): Promise<GoProgram> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const started = await new Promise<GoProgram['started']>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code} before it started`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const fields = JSON.parse(line)
      if (fields.msg === 'started') resolve(fields)
    })
  })
  return {
    started,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
