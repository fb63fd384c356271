// One measurement: load, perhaps a sink for its webhooks, and the wait until everything that was accepted is settled.
import type { Ledger } from '#shared/contracts/ledger.ts'
import { createApi, waitUntilDrained, type Api } from './api.ts'
import type { LoadArguments } from './arguments.ts'
import { nowUs } from './clock.ts'
import { percentilesOf, type Percentiles } from './percentiles.ts'
import { createRequests } from './requests.ts'
import { runClosedLoop, runOpenLoop } from './run-load.ts'
import type { SinkReport } from './sink.ts'
import { startSink } from './start-sink.ts'
import type { LoadResult } from './tally.ts'

export interface LoadReport {
  load: LoadResult
  /** From leaving the generator (or its moment, if that was earlier) to arriving at the receiver. */
  webhooks: { events: number; missing: number; repeated: number; latencyMs: Percentiles } | null
  /** From the first request until nothing was pending; null when it did not come to that, or was not asked for. */
  settledAfterSeconds: number | null
  settledPerSecond: number | null
  ledger: Ledger | null
  /** CPU of this process and of the sink, in seconds. */
  cpuSeconds: number
}

const drainTimeoutMs = 120_000

export async function measure(options: LoadArguments): Promise<LoadReport> {
  const api = createApi(options.url, options.apiKey ?? '')
  // Says at once when the target is not there, or the key is not one.
  if (options.ledger) await api.ledger()
  const sink = options.webhookPort === undefined ? undefined : await startSink(options.webhookPort)
  let endpoint: { id: string } | undefined
  const perRequest = options.batch ?? 1
  const requests = createRequests({
    ...options,
    path: options.path ?? (options.batch ? '/api/v1/events/batch' : '/api/v1/events'),
    batch: options.batch !== undefined,
  })
  try {
    endpoint = sink && (await subscribe(api, options.type, sink.port))
    const startUs = nowUs()
    const common = { requests, eventsPerRequest: perRequest, seconds: options.seconds }
    const load =
      options.closed === undefined
        ? await runOpenLoop({ ...common, eventsPerSecond: options.ratePerSecond })
        : await runClosedLoop({ ...common, clients: options.closed })
    const ledger = options.ledger ? await waitUntilDrained(api, drainTimeoutMs) : null
    const settled = ledger !== null && ledger.events.pending === 0 && ledger.deliveries.pending === 0
    const settledAfterSeconds = settled ? (nowUs() - startUs) / 1_000_000 : null
    const { user, system } = process.cpuUsage()
    return {
      load,
      webhooks: sink ? describeArrivals(await sink.report(), load.accepted) : null,
      settledAfterSeconds,
      settledPerSecond: settledAfterSeconds === null ? null : load.accepted / settledAfterSeconds,
      ledger,
      cpuSeconds: (user + system) / 1_000_000,
    }
  } finally {
    await requests.close()
    if (endpoint) await api.call('DELETE', `/endpoints/${endpoint.id}`).catch(() => {})
    sink?.stop()
  }
}

async function subscribe(api: Api, type: string, port: number): Promise<{ id: string }> {
  return api.call<{ id: string }>('POST', '/endpoints', {
    url: `http://127.0.0.1:${port}/`,
    eventTypes: [type],
    description: 'npm run load',
  })
}

function describeArrivals({ sequences, latenciesUs, repeated }: SinkReport, accepted: number): LoadReport['webhooks'] {
  return {
    events: sequences.length,
    missing: Math.max(0, accepted - sequences.length),
    repeated,
    latencyMs: percentilesOf(latenciesUs.map((us) => us / 1_000)),
  }
}
