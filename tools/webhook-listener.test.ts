import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { startListener, type Listener, type ListenerOptions } from './webhook-listener.ts'

const secret = `whsec_${Buffer.from('a key of twenty-four bytes').toString('base64')}`
let listener: Listener
const lines: string[] = []
afterEach(async () => {
  await listener.stop()
  lines.length = 0
})

async function listen(options: Partial<ListenerOptions> = {}) {
  listener = await startListener({ port: 0, print: (line) => lines.push(line), ...options })
}

async function post(id: string, body: string, key = secret): Promise<number> {
  const at = new Date()
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign(id, at, body),
  }
  return (await fetch(listener.url, { method: 'POST', headers, body })).status
}

describe('the listener', () => {
  it('says what came, whether it verifies, and how often it came', async () => {
    await listen({ secret })
    expect(await post('dlv_1', '{"type":"a.b"}')).toBe(200)
    expect(await post('dlv_1', '{"type":"a.b"}')).toBe(200)
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}200 {2}a\.b {2}dlv_1 {2}seen once {2}signature ok {2}14 bytes$/)
    expect(lines[1]).toContain('seen 2 times')
    expect(listener.arrivals).toEqual({ total: 2, ok: 2, failed: 0, repeats: 1 })
  })

  it('refuses another secret', async () => {
    await listen({ secret })
    expect(await post('dlv_1', '{}', Buffer.from('another key').toString('base64'))).toBe(401)
    expect(lines[0]).toContain('signature BAD')
  })

  it('takes anything without a secret', async () => {
    await listen()
    expect((await fetch(listener.url, { method: 'POST', body: 'no json' })).status).toBe(200)
    expect(lines[0]).toContain('not JSON')
    expect(lines[0]).toContain('not checked')
  })

  it('fails the share it was told to, and takes its time', async () => {
    const rolls = [0.29, 0.31]
    await listen({ failShare: 0.3, slowMs: 60, random: () => rolls.shift() ?? 1 })
    const startedAt = performance.now()
    expect(await post('dlv_1', '{}')).toBe(500)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55)
    expect(await post('dlv_1', '{}')).toBe(200)
  })

  it('does not let what came drive the terminal', async () => {
    await listen()
    await fetch(listener.url, { method: 'POST', body: JSON.stringify({ type: '\u001b[2Jx\u202e' }) })
    expect(lines[0]).toContain('?[2Jx?')
  })

  it('ends while answers are still due, after they went out', async () => {
    await listen({ slowMs: 80 })
    const answer = post('dlv_1', '{}')
    await expect.poll(() => lines.length).toBe(1)
    await listener.stop()
    expect(await answer).toBe(200)
  })
})
