import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { parseConfig } from '#platform/config/index.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { checkTargetUrl, createWebhookSender, webhookBody } from './index.ts'
import { signWebhook } from './sign-webhook.ts'

const secret = `whsec_${Buffer.from('a key of twenty-four bytes').toString('base64')}`
const oldSecret = `whsec_${Buffer.from('the key before the rotation').toString('base64')}`
const log = pino({ level: 'silent' })

const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function receiver(answer: (n: number) => { status: number; headers?: Record<string, string> }) {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      seen.push({ headers: request.headers, body })
      const { status, headers } = answer(seen.length)
      response.writeHead(status, headers).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  const sender = createWebhookSender({ config: parseConfig({ SIGNALBOX_ALLOW_LOOPBACK_PORTS: String(port) }), log })
  closing.push(() => sender.close())
  return { url: `http://127.0.0.1:${port}/hook`, port, seen, sender }
}

const body = webhookBody({
  type: 'pull_request.opened',
  timestampIso: '2026-11-21T00:00:00.000Z',
  dataJson: '{"n":12345678901234567890,"t":"grün"}',
  eventId: 'evt_1',
})

describe('a webhook', () => {
  it('carries what Standard Webhooks asks for, and verifies', async () => {
    const { url, seen, sender } = await receiver(() => ({ status: 204 }))
    const deliveryId = newUuid()
    expect(await sender.send({ deliveryId, url, headers: { 'X-Token': 'abc' }, secrets: [secret], body })).toMatchObject({
      outcome: 'delivered',
      statusCode: 204,
    })
    const [request] = seen
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-token': 'abc',
      'accept-encoding': 'identity',
      'webhook-id': publicId('delivery', deliveryId),
    })
    expect(request?.headers['user-agent']).toMatch(/^Signalbox\/\d/)
    expect(request?.body).toBe(body)
    expect(new Webhook(secret).verify(request!.body, request!.headers as Record<string, string>)).toMatchObject({
      type: 'pull_request.opened',
      eventId: 'evt_1',
    })
  })

  it('verifies with either secret during a rotation, and with no other', async () => {
    const { url, seen, sender } = await receiver(() => ({ status: 200 }))
    await sender.send({ deliveryId: newUuid(), url, headers: {}, secrets: [secret, oldSecret], body })
    const headers = seen[0]!.headers as Record<string, string>
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2)
    expect(() => new Webhook(secret).verify(body, headers)).not.toThrow()
    expect(() => new Webhook(oldSecret).verify(body, headers)).not.toThrow()
    expect(() => new Webhook(Buffer.from('some other key').toString('base64')).verify(body, headers)).toThrow()
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
  })

  it('keeps its id from one attempt to the next', async () => {
    const { url, seen, sender } = await receiver((n) => ({ status: n === 1 ? 503 : 200, headers: { 'retry-after': '3' } }))
    const message = { deliveryId: newUuid(), url, headers: {}, secrets: [secret], body }
    expect(await sender.send(message)).toMatchObject({ outcome: 'retry', retryAfterSeconds: 3, errorCode: 'http-503' })
    expect(await sender.send(message)).toMatchObject({ outcome: 'delivered' })
    expect(seen[0]?.headers['webhook-id']).toBe(seen[1]?.headers['webhook-id'])
  })

  it('never lets an endpoint’s headers replace ours', async () => {
    const { url, seen, sender } = await receiver(() => ({ status: 200 }))
    await sender.send({
      deliveryId: newUuid(),
      url,
      headers: { 'Webhook-Id': 'forged', Host: 'inside', 'x-split': 'a\r\nb: c', 'x-good': '1' },
      secrets: [secret],
      body,
    })
    expect(seen[0]?.headers['webhook-id']).toMatch(/^dlv_[0-9a-f]{32}$/)
    expect(seen[0]?.headers.host).toContain('127.0.0.1')
    expect(seen[0]?.headers).not.toHaveProperty('x-split')
    expect(seen[0]?.headers['x-good']).toBe('1')
  })

  it('is given up for a refused target, and without a secret', async () => {
    const { port, seen, sender } = await receiver(() => ({ status: 200 }))
    const message = { deliveryId: newUuid(), headers: {}, body }
    expect(await sender.send({ ...message, url: `http://[::ffff:10.0.0.1]:${port}/`, secrets: [secret] })).toMatchObject({
      outcome: 'give-up',
      errorCode: 'refused-target',
      statusCode: null,
    })
    expect(await sender.send({ ...message, url: `http://127.0.0.1:${port}/`, secrets: [] })).toMatchObject({
      outcome: 'give-up',
      errorCode: 'no-secret',
    })
    expect(seen).toHaveLength(0)
  })
})

describe('signatures', () => {
  it('are those of the standardwebhooks package', () => {
    for (const text of ['{}', body, 'ü'.repeat(1_000), '']) {
      const at = new Date(1_700_000_000_000)
      expect(signWebhook({ id: 'dlv_1', timestampSeconds: 1_700_000_000, body: text, secrets: [secret] })).toBe(
        new Webhook(secret).sign('dlv_1', at, text),
      )
    }
  })
})

describe('the body', () => {
  it('keeps the data as the text it came as', () => {
    expect(body).toBe(
      '{"type":"pull_request.opened","timestamp":"2026-11-21T00:00:00.000Z","data":{"n":12345678901234567890,"t":"grün"},"eventId":"evt_1"}',
    )
  })
})

describe('URLs of endpoints', () => {
  const config = parseConfig({ SIGNALBOX_ALLOW_LOOPBACK_PORTS: '4000' })
  it.each(['https://example.com/hook', 'http://localhost:4000/', 'http://127.0.0.1:4000/', 'http://hook.localhost:4000/'])(
    'takes %s',
    (url) => {
      expect(checkTargetUrl(url, config)).toBeNull()
    },
  )
  it.each([
    'http://localhost/',
    'http://localhost.:4001/',
    'http://a.localhost/',
    'http://10.0.0.1/',
    'ftp://example.com',
    'nonsense',
    'http://u:p@example.com/',
    `https://example.com/${'a'.repeat(2048)}`,
  ])('refuses %s', (url) => {
    expect(checkTargetUrl(url, config)).not.toBeNull()
  })
})
