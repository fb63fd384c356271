// One job on its own page: what it waits for, and what an operator does about it: make it due, let it go first, remove it.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { QueuePage } from './pages/queue.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
const arrived: string[] = []
let answer = 503
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    arrived.push((JSON.parse(Buffer.concat(chunks).toString()) as { data: { title: string } }).data.title)
    response.writeHead(answer).end()
  })
})
let queue: QueuePage

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  // Nothing goes out a second time by itself.
  await opened.workspace.api('POST', '/endpoints', { url, eventTypes: ['*'], retrySchedule: [86_400] })
  queue = new QueuePage(opened.page)
})
afterAll(async () => {
  await opened.pool.query('DELETE FROM lane_limit')
  await opened.pool.query("SELECT pg_notify('outbox', '')")
  await new Promise((resolve) => server.close(resolve))
})

/** Sends one event and opens the page of the job that its delivery is. */
async function openJob(title: string, state: 'delayed' | 'waiting'): Promise<void> {
  const sent = await opened.workspace.api('POST', '/events', { type: 'push', data: { title } })
  const id = await eventually(
    async () => {
      const { body } = await opened.workspace.api('GET', `/events/${sent.body.id}`)
      const delivery = body.deliveries[0]
      if (!delivery) return undefined
      const job = await opened.workspace.api('GET', `/queues/delivery-webhook/jobs/${delivery.id}`)
      return job.status === 200 && job.body.state === state ? (delivery.id as string) : undefined
    },
    { timeoutMs: 60_000 },
  )
  await opened.goto(`/queues/delivery-webhook/jobs/${id}`)
  await queue.button('Remove...').waitFor()
}

const gone = () => opened.page.getByText('This job is done, or was removed').waitFor()

test('what would be tried tomorrow is made due, and goes out', async () => {
  await openJob('Tomorrow', 'delayed')
  await expect.poll(() => queue.why.textContent()).toMatch(/\S/)
  await expectAccessible(opened.page)
  answer = 200
  await queue.button('Make due now...').click()
  await queue.confirm({ reason: 'the receiver is well again' })
  await gone()
  expect(arrived).toEqual(['Tomorrow', 'Tomorrow'])
})

test('one goes first, past a lane that is stopped; another is removed, and never goes out', async () => {
  await opened.workspace.api('POST', '/events', { type: 'push', data: { title: 'Before the stop' } })
  await eventually(() => arrived.includes('Before the stop'))
  await opened.pool.query(
    `INSERT INTO lane_limit (queue, lane, rows, set_by, reason)
     SELECT 'delivery-webhook', id, 0, 'a test', 'a test' FROM endpoint WHERE workspace_id = $1`,
    [opened.workspace.id],
  )
  await opened.pool.query("INSERT INTO queue_setting (name) VALUES ('delivery-webhook') ON CONFLICT DO NOTHING")
  await opened.pool.query("SELECT pg_notify('outbox', '')")
  // Until every process has heard of the limit, what is sent still goes out: each of these has arrived, or stands in the lane with nobody
  // holding it, before the next one is sent.
  const standing = async (): Promise<number> => {
    const { rows } = await opened.pool.query(
      "SELECT count(*)::int AS n FROM outbox WHERE workspace_id = $1 AND queue = 'delivery-webhook' AND NOT leased",
      [opened.workspace.id],
    )
    return rows[0].n
  }
  let sent = 0
  const settled = async (): Promise<boolean> => (await standing()) + arrived.filter((title) => title === 'Perhaps').length === sent
  await eventually(
    async () => {
      await opened.workspace.api('POST', '/events', { type: 'push', data: { title: 'Perhaps' } })
      sent++
      await eventually(settled)
      return (await standing()) >= 3
    },
    { timeoutMs: 120_000 },
  )
  await openJob('Urgent', 'waiting')
  await queue.button('Promote...').click()
  await queue.confirm({ reason: 'somebody waits for it' })
  await gone()
  expect(arrived.filter((title) => title === 'Urgent')).toHaveLength(1)

  await openJob('Never', 'waiting')
  await queue.button('Remove...').click()
  await queue.confirm({ reason: 'it was a mistake' })
  await gone()
  await opened.pool.query('DELETE FROM lane_limit')
  await opened.pool.query("SELECT pg_notify('outbox', '')")
  await eventually(async () => (await opened.workspace.api('GET', '/deliveries?state=pending')).body.items.length === 0)
  expect(arrived).not.toContain('Never')
  const { body } = await opened.workspace.api('GET', `/audit?limit=50`)
  const reasons = (body.items as { reason: string | null }[]).map((entry) => entry.reason)
  expect(reasons).toEqual(expect.arrayContaining(['the receiver is well again', 'somebody waits for it', 'it was a mistake']))
})
