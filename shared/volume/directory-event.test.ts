import { expect, it } from 'vitest'
import { meaningOf } from './directory-event.ts'

it.each([
  { event: 'a swap makes its directory', name: '..2026_11_23_11_49_04.738', volume: 'noise', plain: 'look' },
  { event: 'a swap makes its link', name: '..data_tmp', volume: 'noise', plain: 'look' },
  { event: 'a swap flips', name: '..data', volume: 'look', plain: 'look' },
  { event: 'a key comes, goes or changes its mode', name: 'app.yaml', volume: 'noise', plain: 'look' },
  { event: 'the directory is moved, removed or unmounted', name: 'config', volume: 'lost', plain: 'lost' },
  { event: 'the system does not say what', name: null, volume: 'look', plain: 'look' },
])('when $event: $volume in a volume, $plain in a plain directory', ({ name, volume, plain }) => {
  expect(meaningOf(name, { baseName: 'config', hasGeneration: true })).toBe(volume)
  expect(meaningOf(name, { baseName: 'config', hasGeneration: false })).toBe(plain)
})
