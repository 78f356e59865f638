/** The demo as containers. */
import { it } from 'vitest'
import { demo, expectWholeLife } from './demo/shown.ts'

it('runs the whole Pod as containers', async () => {
  expectWholeLife(await demo('--docker'))
})
