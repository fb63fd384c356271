// Search over the built product: what is sent is found a moment later, and answers are as the contract says.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCheckedApi, operationsNotCalled, type CheckedApi } from '../support/checked-api.ts'
import { eventually } from '../support/eventually.ts'
import { startProduct, type Product } from '../support/product.ts'

let product: Product
let api: CheckedApi

beforeAll(async () => {
  product = await startProduct()
  api = createCheckedApi(product)
})

afterAll(() => product?.stop())

test('a notification is found by its words soon after its event was accepted', async () => {
  await api('POST', '/events', { type: 'pull_request.opened', recipients: ['ada'], data: { title: 'Mend the quokka parser' } })
  const found = await eventually(
    async () => {
      const { body } = await api('GET', '/notifications/search?q=quokka%20parser&recipient=ada&channel=in-app')
      return body.items.length > 0 && body
    },
    { timeoutMs: 60_000 },
  )
  expect(found).toMatchObject({ mode: 'words', note: null, complete: true, items: [{ recipientId: 'ada', channel: 'in-app' }] })
  expect((await api('GET', '/notifications/search?q=quokka&recipient=somebody')).body.items).toEqual([])
})

test('recipients and the field guide are found too', async () => {
  await api('PUT', '/recipients/grace', { email: 'hopper@navy.example' })
  await eventually(async () => (await api('GET', '/search?kind=recipient&q=hopper')).body.items.length === 1, { timeoutMs: 60_000 })
  await eventually(async () => (await api('GET', '/search?kind=article&q=certificate')).body.items[0]?.id === 'tls-failed', {
    timeoutMs: 60_000,
  })
})

test('dead letters are searched too, and none is no error', async () => {
  const { body } = await api('GET', '/dead-letters/search?q=quokka&state=open&channel=webhook')
  expect(body).toMatchObject({ mode: 'words', note: null, complete: true, items: [] })
  expect((await api('GET', '/dead-letters/search?q=a&state=half')).status).toBe(422)
})

test('meaning that cannot be had is said to be words', async () => {
  const { body } = await api('GET', '/notifications/search?q=parser&mode=meaning')
  expect(body.mode).toBe('words')
  expect(body.note).toMatch(/searched by words/)
})

test('what cannot be asked is refused with its place', async () => {
  for (const query of ['', 'q=', 'q=...', 'q=a&mode=magic', 'q=a&alpha=2', 'q=a&limit=1000', 'q=a&colour=red']) {
    const { status, body } = await api('GET', `/notifications/search?${query}`)
    expect(status, query).toBe(422)
    expect(body.errors.length, query).toBeGreaterThan(0)
  }
  expect((await api('GET', '/search?q=a')).status).toBe(422)
  expect((await api('GET', `/dead-letters/causes/cau_${'0'.repeat(32)}/similar`)).status).toBe(404)
})

test('every operation was called', () => {
  expect(operationsNotCalled(/search|similar/)).toEqual([])
})
