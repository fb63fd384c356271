// What the contract tests share: the built product for one file, its API held against the contract, and ways to send and to wait.
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { createCheckedApi, type CheckedApi } from './checked-api.ts'
import { eventually } from './eventually.ts'
import { startProduct, type Product, type ProductOptions } from './product.ts'
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts'

/** To be called at the top of a test file: the product runs from before its first test until after its last. */
export function useProduct(options: () => ProductOptions = () => ({})) {
  let product!: Product
  let checked!: CheckedApi
  const start = async (more: ProductOptions): Promise<void> => {
    product = await startProduct(more)
    checked = createCheckedApi(product)
  }
  beforeAll(() => start(options()))
  afterAll(() => product?.stop())

  const api: CheckedApi = (...call) => checked(...call)
  /** The event, once it is in one of these states. */
  const reached = (id: string, states: readonly string[]): Promise<any> =>
    eventually(async () => {
      const { body } = await api('GET', `/events/${id}`)
      return states.includes(body.state) && body
    })
  const ended = (id: string): Promise<any> => reached(id, ['completed', 'unmatched', 'dead', 'cancelled'])
  const send = async (type: string, fields: object = {}): Promise<string> => {
    const { status, body } = await api('POST', '/events', { type, ...fields })
    expect(status).toBe(202)
    return body.id
  }
  return {
    api,
    reached,
    ended,
    send,
    /** Sends an event and waits until nothing of it is on its way. */
    outcomeOf: async ({ type, ...fields }: { type: string; [field: string]: unknown }) => ended(await send(type, fields)),
    get product() {
      return product
    },
    /** Stops it and starts it on the same data, with nothing but these options. */
    restart: async (more: ProductOptions = {}): Promise<void> => {
      const { dataFolder, apiKey } = product
      await product.stop({ keepData: true })
      await start({ dataFolder, apiKey, ...more })
    },
  }
}

/** The same with a receiver of webhooks beside it, which it may call: a good one, with nothing received, before each test. */
export function useProductWithReceiver() {
  let receiver!: WebhookReceiver
  beforeAll(async () => {
    receiver = await startWebhookReceiver()
  })
  const at = useProduct(() => ({ flags: ['--allow-loopback', String(receiver.port)] }))
  afterAll(() => receiver?.close())
  beforeEach(() => {
    receiver.answer(200)
    receiver.received.length = 0
  })
  const { api, send, reached, ended } = at
  return {
    api,
    send,
    reached,
    ended,
    restart: at.restart,
    get product() {
      return at.product
    },
    get receiver() {
      return receiver
    },
    addEndpoint: async (fields: object): Promise<any> => {
      const answer = await api('POST', '/endpoints', { url: receiver.url, eventTypes: ['none'], ...fields })
      expect(answer.status).toBe(201)
      return answer.body
    },
    /** Lets `count` events of this type die; their letters. */
    letters: async (type: string, count: number): Promise<any[]> => {
      receiver.answer(500)
      for (let n = 0; n < count; n++) await send(type, { data: { n } })
      const found = await eventually(async () => {
        const { body } = await api('GET', `/dead-letters?state=open&q=${type}`)
        return body.items.length === count && body.items
      })
      receiver.answer(200)
      return found
    },
  }
}

/** The reason of everything that asks for one. */
export const reason = 'an acceptance test'
