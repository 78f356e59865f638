/** Loaded before a program (`node --import`): says on stderr, at its end, which modules it has loaded. */
import { registerHooks } from 'node:module'

const loaded: string[] = []

registerHooks({
  load: (url, context, nextLoad) => {
    loaded.push(url.replace(/^.*\/(shared|node_modules)\//, '$1/'))
    return nextLoad(url, context)
  },
})

process.on('exit', () => {
  process.stderr.write(JSON.stringify(loaded))
})
