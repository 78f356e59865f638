import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { statedTimeoutMs, withTimeLeft } from './deadline.ts'

describe('the time that a caller states', () => {
  it.each([
    { own: undefined, envoys: undefined, ms: undefined },
    { own: '250ms', envoys: undefined, ms: 250 },
    { own: '2s', envoys: undefined, ms: 2000 },
    { own: '1m', envoys: undefined, ms: 60_000 },
    { own: '1.5s', envoys: undefined, ms: 1500 },
    { own: '1m0s', envoys: undefined, ms: 60_000 },
    { own: '250', envoys: undefined, ms: 250 },
    { own: undefined, envoys: '300', ms: 300 },
    { own: '2s', envoys: '300', ms: 300 },
    { own: '200ms', envoys: '300', ms: 200 },
    { own: '2147483647', envoys: '2147483648', ms: 2_147_483_647 },
  ])('is $ms ms with x-request-timeout "$own" and x-envoy-upstream-rq-timeout-ms "$envoys"', ({ own, envoys, ms }) => {
    expect(statedTimeoutMs({ requestTimeout: own, envoyTimeout: envoys })).toBe(ms)
  })

  const nothing = ['', '0', '0s', '-5', '-5ms', '+5', '1e3', '0x10', '5 s', ' 5', '5,6', 'soon', 'NaN', 'Infinity']
  it.each([...nothing, '2147483648', '9'.repeat(400), '597h', 'constructor', '٣'])(
    'is none with "%s" in either',
    (value) => {
      expect(statedTimeoutMs({ requestTimeout: value, envoyTimeout: value })).toBeUndefined()
    },
  )

  it.each(['soon', '0', '-1', ''])('is what the other says with "%s" in one', (value) => {
    expect(statedTimeoutMs({ requestTimeout: value, envoyTimeout: '300' })).toBe(300)
    expect(statedTimeoutMs({ requestTimeout: '300ms', envoyTimeout: value })).toBe(300)
  })

  it("has no unit in Envoy's field", () => {
    expect(statedTimeoutMs({ requestTimeout: undefined, envoyTimeout: '2s' })).toBeUndefined()
  })

  it('is a time that a timer can hold, or none, whatever is stated', () => {
    const value = fc.option(
      fc.oneof(fc.string(), fc.double().map(String), fc.stringMatching(/^\d{1,12}(ms|s|m|h)?$/)),
      { nil: undefined },
    )
    fc.assert(
      fc.property(value, value, (requestTimeout, envoyTimeout) => {
        const ms = statedTimeoutMs({ requestTimeout, envoyTimeout })
        expect(ms === undefined || (ms > 0 && ms <= 2_147_483_647)).toBe(true)
      }),
    )
  })
})

describe('the time that is left', () => {
  it('goes on in place of what was stated, in any case and however often', () => {
    const stated = 'X-Request-Timeout: 2s\r\nX-Envoy-Upstream-Rq-Timeout-Ms: 3000\r\nx-request-timeout: 9s\r\n'
    const fields = `Accept: */*\r\n${stated}x-envoy-expected-rq-timeout-ms: 9\r\nB: x-request-timeout: 1\r\n`
    expect(withTimeLeft(fields, 812)).toBe(
      'Accept: */*\r\nB: x-request-timeout: 1\r\nx-request-timeout: 812ms\r\nx-envoy-expected-rq-timeout-ms: 812\r\n',
    )
  })

  it.each([
    { left: 812.9, ms: 812 },
    { left: 1, ms: 1 },
    { left: 0.2, ms: 1 },
    { left: 0, ms: 1 },
  ])('is $ms ms when $left are left: rounded down, and never the 0 that means no limit', ({ left, ms }) => {
    expect(withTimeLeft('', left)).toBe(`x-request-timeout: ${ms}ms\r\nx-envoy-expected-rq-timeout-ms: ${ms}\r\n`)
  })

  it('is read by the next ambassador as what this one wrote, and never grows on the way', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 2_147_483_647, noNaN: true }), (leftMs) => {
        const requestTimeout = /x-request-timeout: (.*)\r\n/.exec(withTimeLeft('', leftMs))?.[1]
        const ms = statedTimeoutMs({ requestTimeout, envoyTimeout: undefined })
        expect(ms).toBe(Math.floor(leftMs))
      }),
    )
  })
})
