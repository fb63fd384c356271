// npm start -- --demo [--rate 2]: plays real GitHub webhooks through the running stack, for ever. Started by the launcher:
// node tools/demo.ts --url URL --receiver-port PORT [--rate N], the key in SIGNALBOX_API_KEY.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { githubEvents } from './demo/github-events.ts'
import { startReceiver } from './demo/receiver.ts'
import { setUp } from './demo/set-up.ts'
import { createApi } from './load/api.ts'

const { values } = parseArgs({
  options: { url: { type: 'string' }, 'receiver-port': { type: 'string' }, rate: { type: 'string', default: '2' } },
})
const apiKey = process.env.SIGNALBOX_API_KEY
const perSecond = Number(values.rate)
if (!values.url || !apiKey || !values['receiver-port'] || !(perSecond > 0)) {
  console.error('The demo is started by: npm start -- --demo [--rate 2]')
  process.exit(1)
}

const stopping = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort())
const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})

const api = createApi(values.url, apiKey)
const { events, repositories } = githubEvents()
const port = Number(values['receiver-port'])
const receiver = await startReceiver(port)

/** Repeats it until it works or the demo ends: the API may be starting again. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; !stopping.signal.aborted; tries++) {
    try {
      await work()
      return
    } catch (error) {
      if (tries === 0) console.error(`The demo waits: ${(error as Error).message}`)
      await pause(Math.min(5_000, 250 * 2 ** tries))
    }
  }
}

await patiently(() => setUp(api, repositories, port))
if (!stopping.signal.aborted) {
  console.log(
    `Playing ${events.length} real GitHub webhooks of ${repositories.length} repositories at ${perSecond}/s: mail to their authors, inbox messages to watchers, webhooks to a receiver on port ${port} that sometimes fails`,
  )
}

let dueMs = performance.now()
for (let sent = 0; !stopping.signal.aborted; sent++) {
  await pause(Math.max(0, dueMs - performance.now()))
  if (stopping.signal.aborted) break
  await patiently(() => api.call('POST', '/events', events[sent % events.length]))
  // What an outage kept from being sent is left out: sample traffic needs no catching up.
  dueMs = Math.max(dueMs + 1_000 / perSecond, performance.now() - 1_000)
}
receiver.close()
