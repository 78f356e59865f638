import { expect, it } from 'vitest'
import { address, formatAddress, parseAddress, tcpAddress } from './address.ts'

it.each([
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['inventory.shop.svc:80', { host: 'inventory.shop.svc', port: 80 }],
  ['my_service:0', { host: 'my_service', port: 0 }],
  ['inventory.shop.svc.cluster.local.:80', { host: 'inventory.shop.svc.cluster.local.', port: 80 }],
  ['[::1]:80', { host: '::1', port: 80 }],
  ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
  ['unix:/run/app.sock', { path: '/run/app.sock' }],
])('%s is an address, and is written the same', (text, value) => {
  expect(parseAddress(text)).toEqual(value)
  expect(formatAddress(value)).toBe(text)
})

it.each([
  '',
  'localhost',
  ':8080',
  'host:',
  'host:65536',
  'host:-1',
  '::1:80',
  '[::1]',
  '[host]:80',
  '[]:80',
  'a b:80',
  'http://host:80',
  '-host:80',
  'unix:run/app.sock',
  'unix:',
  `unix:/${'x'.repeat(107)}`,
  'unix:/a\0b',
  `${'a'.repeat(254)}:80`,
])('"%s" is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined()
})

it('says that the host is missing when there is only a port', () => {
  expect(address().read(8080)).toEqual({ ok: false, hint: 'add a host, as in 127.0.0.1:8080' })
  expect(address().read(':8080')).toEqual({ ok: false, hint: 'add a host, as in 127.0.0.1:8080' })
})

it('refuses a unix socket where a host and a port are needed', () => {
  expect(tcpAddress().read('unix:/run/app.sock')).toEqual({ ok: false })
})
