import { expect, it } from 'vitest'
import { absolutePath, httpUrl, text, textLike, urlOf } from './text.ts'

it.each([
  ['text', text(), 'a', true],
  ['text', text(), '', false],
  ['text', text(), 5, false],
  ['text', text(), 'x'.repeat(65_537), false],
  ['text of a form', textLike(/^[A-Z]+$/, 'capitals'), 'GET', true],
  ['text of a form', textLike(/^[A-Z]+$/, 'capitals'), 'get', false],
  ['absolute path', absolutePath(), '/etc/app.yaml', true],
  ['absolute path', absolutePath(), 'etc/app.yaml', false],
  ['absolute path', absolutePath(), '/a\0b', false],
  ['http URL', httpUrl(), 'https://auth/healthz', true],
  ['http URL', httpUrl(), 'HTTP://auth', true],
  ['http URL', httpUrl(), 'auth/healthz', false],
  ['http URL', httpUrl(), 'http://', false],
  ['http URL', httpUrl(), 'ftp://auth', false],
  ['postgres URL', urlOf(['postgres', 'postgresql']), 'postgresql://u:p@db:5432/shop', true],
  ['postgres URL', urlOf(['postgres']), 'mysql://db', false],
])('%s, %#: the right answer', (_name, type, input, isRead) => {
  expect(type.read(input).ok).toBe(isRead)
})

it('names every scheme that it accepts', () => {
  expect(httpUrl().expects).toBe('a URL that begins with http:// or https://')
})

it('names an example that fits the key', () => {
  expect(absolutePath().expects).toBe('an absolute path such as /etc/app.yaml')
  expect(absolutePath({ example: '/var/log/*.log' }).expects).toBe('an absolute path such as /var/log/*.log')
})
