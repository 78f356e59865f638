import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelName, metricName } from './metric-name.ts'

describe('metricName', () => {
  it.each([
    ['clean', 'clean'],
    ['with_underscore', 'with_underscore'],
    ['with.dot', 'with_dot'],
    ['with..dots', 'with__dots'],
    ['with😱emoji', 'with_emoji'],
    ['with.*.multiple', 'with___multiple'],
    ['web-server', 'web_server'],
    ['web--server', 'web_server'],
    ['web---server', 'web_server'],
    ['web-.server', 'web__server'],
    ['with:colon', 'with_colon'],
    ['404.requests', '_404_requests'],
    ['é', '_'],
  ])('makes %s into %s', (name, plain) => {
    expect(metricName(name)).toBe(plain)
  })

  it('gives a valid name for any that is not empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        expect(metricName(name)).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/)
      }),
    )
  })
})

describe('labelName', () => {
  it.each([
    ['route', 'route'],
    ['http.route', 'http_route'],
    ['le', 'tag_le'],
    ['quantile', 'tag_quantile'],
    ['job', 'job'],
    ['__name__', 'tag___name__'],
    ['--x', '_x'],
  ])('makes %s into %s', (name, plain) => {
    expect(labelName(name)).toBe(plain)
  })
})
