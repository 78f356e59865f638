/**
 * The least that could do the work, as a yardstick: one inotify watch, and a copy by rename when `..data` moves. No
 * consistency across files, no sync to the disk, no check, no generations, no reload.
 *
 *   node bare-watcher.ts SOURCE OUTPUT
 */
import { copyFileSync, renameSync, watch } from 'node:fs'
import { join } from 'node:path'

const [source = '', output = ''] = process.argv.slice(2)

watch(source, (_event, name) => {
  if (name !== '..data') return
  const unfinished = join(output, 'app.yaml.tmp')
  copyFileSync(join(source, 'app.yaml'), unfinished)
  renameSync(unfinished, join(output, 'app.yaml'))
})
console.log('watching')
