// What BullMQ does with one job for each notification and nothing to do in it: bullmq.ts add|work URL JOBS. Two processes.
import { Queue, Worker } from 'bullmq'

const [role, url, count] = process.argv.slice(2) as ['add' | 'work', string, string]
const jobs = Number(count)
const { hostname, port } = new URL(url)
const connection = { host: hostname, port: Number(port), db: 15 }
const name = 'bench'
const prefix = 'bench'
const options = { removeOnComplete: true, removeOnFail: true }

if (role === 'add') {
  const queue = new Queue(name, { connection, prefix })
  await queue.waitUntilReady()
  for (let i = 0; i < jobs; i += 500) {
    await queue.addBulk(Array.from({ length: Math.min(500, jobs - i) }, (_, j) => ({ name, data: { notification: i + j }, opts: options })))
  }
  await queue.close()
} else {
  let done = 0
  const worker = new Worker(
    name,
    async () => {
      if (++done === jobs) process.send!({ done })
    },
    { connection, prefix, concurrency: 50 },
  )
  await worker.waitUntilReady()
  process.send!({ ready: true })
  process.on('disconnect', () => process.exit(0))
}
