// Accepted -> delivered into inboxes, beside BullMQ doing nothing with one job for each notification.
import type { Bench } from '../bench.ts'
import { mean, perSecond, ratio } from '../figures.ts'
import { runLimit } from '../run-child.ts'

const recipientsPerEvent = 10
const type = 'bench.in-app'

export async function inApp(bench: Bench): Promise<void> {
  const { api } = bench.product
  const step = {
    id: 'bell',
    type: 'channel',
    channel: 'in-app',
    template: { title: 'Event {{ data.sequence }}', body: 'Something happened', url: 'https://example.com/{{ data.sequence }}' },
  }
  await api('PUT', '/workflows/bench', { name: 'Bench', eventType: type, steps: [step] })
  const published = await api('POST', '/workflows/bench/publish')
  if (published.status !== 200) throw new Error(`The workflow was not published: ${published.status} ${JSON.stringify(published.body)}`)

  const send = { batch: 100, closed: 2, recipients: recipientsPerEvent, people: 1_000, payload: 100, type }
  await bench.load({ ...send, seconds: 1 })
  const jobs = 1_500 * bench.seconds
  const before = await bullmqRate(bench.redisUrl, jobs)
  const report = await bench.load({ ...send, seconds: bench.seconds })
  const after = await bullmqRate(bench.redisUrl, jobs)
  const bare = mean(before, after)
  const rate = (report.settledPerSecond ?? 0) * recipientsPerEvent
  bench.figures.push({
    ...{
      row: `in-app notifications, ${recipientsPerEvent} an event`,
      figure: `${perSecond(rate)} = ${ratio(rate / bare)}`,
      beside: `BullMQ, one empty job each ${perSecond(bare)}`,
    },
    ...{ goal: '>= 2.0', ok: rate / bare >= 2 },
  })
  bench.details.inApp = { report, recipientsPerEvent, bare: [before, after] }
}

async function bullmqRate(redisUrl: string, jobs: number): Promise<number> {
  const worker = runLimit<{ ready?: true; done?: number }>('bullmq.ts', ['work', redisUrl, String(jobs)])
  await worker.next()
  const done = worker.next()
  const startedAt = performance.now()
  const adder = runLimit('bullmq.ts', ['add', redisUrl, String(jobs)])
  await done
  const seconds = (performance.now() - startedAt) / 1_000
  worker.stop()
  await Promise.all([worker.ended, adder.ended])
  return jobs / seconds
}
