import { expect, it } from 'vitest'
import { kernelDrops } from './kernel-drops.ts'

const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  421: 0100007F:23A5 00000000:0000 07 00000000:00000000 00:00000000 00000000 65532        0 31337 2 0000000000000000 55706
  422: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31338 2 0000000000000000 7
  423: 00000000:23A5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31339 2 0000000000000000 4
`

it.each([
  [9125, 55_710],
  [53, 7],
  [5353, 0],
])('port %i has dropped %i datagrams', (port, drops) => {
  expect(kernelDrops(table, port)).toBe(drops)
})
