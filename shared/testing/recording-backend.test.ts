import { request } from 'node:http'
import { expect, it } from 'vitest'
import { startBackend } from './recording-backend.ts'

it('records requests as they were sent, and answers as it is told', async () => {
  await using backend = await startBackend(({ method }) => ({ status: method === 'PUT' ? 201 : 404, body: 'told so' }))
  const answer = await fetch(`${backend.url}/a?b=c`, { method: 'PUT', headers: { 'X-Case': 'Kept' }, body: 'sent' })
  expect([answer.status, await answer.text()]).toEqual([201, 'told so'])
  expect(backend.requests).toMatchObject([{ method: 'PUT', target: '/a?b=c', body: 'sent' }])
  expect(backend.requests[0]?.headers).toContainEqual(['X-Case', 'Kept'])
})

it('resets the connection when it is told to', async () => {
  await using backend = await startBackend(() => 'reset')
  const failed = new Promise((resolve) => request(backend.url).on('error', resolve).end())
  expect(await failed).toMatchObject({ code: 'ECONNRESET' })
  expect(backend.requests).toHaveLength(1)
})

it('ends although a request was never answered', async () => {
  const asked = Promise.withResolvers<void>()
  const backend = await startBackend(() => {
    asked.resolve()
    return 'silence'
  })
  const failed = new Promise((resolve) => request(backend.url).on('error', resolve).end())
  await asked.promise
  await backend[Symbol.asyncDispose]()
  expect(await failed).toMatchObject({ code: 'ECONNRESET' })
})
