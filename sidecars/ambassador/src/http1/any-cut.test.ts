/** TCP keeps no boundaries: what a request means must not depend on how its bytes are cut into reads. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { arbitraryRequests } from '../testdata/arbitrary-requests.ts'
import { readRequests } from '../testdata/read-requests.ts'

const limits = { headBytesMax: 16_000, headersMax: 100, targetBytesMax: 8000 }

it('reads the same requests when their bytes are cut in two at any place', () => {
  fc.assert(
    fc.property(arbitraryRequests, (text) => {
      const whole = readRequests([text], limits)
      for (let cut = 1; cut < text.length; cut += 1) {
        expect(readRequests([text.slice(0, cut), text.slice(cut)], limits)).toEqual(whole)
      }
    }),
    { seed: 7, numRuns: 300 },
  )
})

it('reads the same requests when their bytes come one by one', () => {
  fc.assert(
    fc.property(arbitraryRequests, (text) => {
      expect(readRequests([...text], limits)).toEqual(readRequests([text], limits))
    }),
    { seed: 8, numRuns: 1000 },
  )
})
