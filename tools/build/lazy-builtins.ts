/**
 * Loads Node's own modules when the code that uses them first runs. An ES module file imports all of its
 * `node:` modules before its first line, so in a bundle of one file `podmate status` would load HTTP, TLS and
 * crypto for the server that it is not going to be: measured 13 MB and 30 ms on a bundle of 1 MB.
 */
import type { Plugin } from 'rolldown'

const marker = '\0builtin:'

export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  resolveId: (id) => {
    // node:module is loaded in every process anyway, and the bundler's own prologue needs it first.
    if (!id.startsWith('node:') || id === 'node:module') return null
    return `${marker}${id}`
  },
  // As CommonJS it is run by its first importer, inside whatever lazy part of the bundle that is.
  load: (id) => {
    if (!id.startsWith(marker)) return null
    return `module.exports = process.getBuiltinModule(${JSON.stringify(id.slice(marker.length))})`
  },
}
