import fc from 'fast-check'
import { expect, it } from 'vitest'
import { redactRanges, redactUrls } from './redaction.ts'

it.each([
  ['postgres://shop:hunter2@db:5432/shop', 'postgres://shop:[redacted]@db:5432/shop'],
  ['postgres://shop:pa/ss@word@db/shop', 'postgres://shop:[redacted]@db/shop'],
  ['redis://:hunter2@cache', 'redis://:[redacted]@cache'],
  ['https://id.acme/a@b', 'https://id.acme/a@b'],
  ['https://id.acme:8443/x', 'https://id.acme:8443/x'],
  ['https://user@id.acme/x', 'https://user@id.acme/x'],
  ['two: http://a:x@b and http://c:y@d', 'two: http://a:[redacted]@b and http://c:[redacted]@d'],
  ['postgres://shop:${file:/secrets/db}@db', 'postgres://shop:${file:/secrets/db}@db'],
  ['postgres://shop:${PASSWORD:-hunter2}@db', 'postgres://shop:[redacted]@db'],
  ['http://app/-/reload?token=hunter2', 'http://app/-/reload?token=[redacted]'],
  ['http://app/x?a=1&api_key=hunter2&b=2#top', 'http://app/x?a=1&api_key=[redacted]&b=2#top'],
  ["{ url: 'http://app/x?token=it's', a: 1 }", "{ url: 'http://app/x?token=[redacted]', a: 1 }"],
  ['http://app/#access_token=hunter2', 'http://app/#access_token=[redacted]'],
  ['http://app/x?page=2&tokenUrl=http%3A%2F%2Fid', 'http://app/x?page=2&tokenUrl=http%3A%2F%2Fid'],
  ['http://app/x?token=${TOKEN}', 'http://app/x?token=${TOKEN}'],
  ['http://app/x?token=${TOKEN:-hunter2}', 'http://app/x?token=[redacted]'],
])('%s is shown as %s', (text, shown) => {
  expect(redactUrls(text)).toBe(shown)
})

it('finds every offset again behind what it replaced', () => {
  const range = fc.tuple(fc.nat(30), fc.nat(30)).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), fc.array(range), fc.nat(30), (text, ranges, at) => {
      const offset = Math.min(at, text.length)
      const isHidden = ranges.some(({ from, to }) => from < to && from < text.length && offset >= from && offset < to)
      const { text: shown, moved } = redactRanges(text, ranges)
      expect(moved(offset, 'start')).toBeLessThanOrEqual(moved(offset, 'end'))
      if (!isHidden && offset < text.length) expect(shown[moved(offset, 'start')]).toBe(text[offset])
    }),
  )
})
