// The headline: events accepted and delivered to one endpoint, closed loop, beside a bare node:http server that parses the same JSON;
// and what happens when three times as much is offered.
import { clients, type Bench } from '../bench.ts'
import { mean, ms, perSecond, ratio } from '../figures.ts'

export async function webhooks(bench: Bench): Promise<void> {
  const send = { webhook: bench.sinkPort, type: 'bench.webhook' }
  // Connections, caches and compiled code are part of a running product: it takes some 15,000 events to get there.
  await bench.load({ ...send, closed: clients, seconds: Math.min(10, bench.seconds) })
  const before = await bench.bareRate('node-http.ts')
  const idle = await bench.usage()
  const report = await bench.load({ ...send, closed: clients, seconds: bench.seconds })
  const busy = await bench.usage()
  const after = await bench.bareRate('node-http.ts')
  const bare = mean(before, after)
  const rate = report.settledPerSecond ?? 0
  bench.figures.push({
    ...{
      row: `webhooks accepted and delivered, ${clients} clients`,
      figure: `${perSecond(rate)} = ${ratio(rate / bare)}`,
      beside: `bare node:http ${perSecond(bare)}`,
    },
    ...{ budget: '>= 0.12', goal: '>= 0.20', ok: rate / bare >= 0.12 },
  })
  const missing = report.webhooks!.missing
  const cpu = bench.cpuPerEvent(idle, busy, report.load.accepted)
  bench.figures.push({
    row: '  missing; came again',
    figure: `${missing}; ${report.webhooks!.repeated}`,
    budget: '0; any',
    ok: missing === 0,
  })
  bench.figures.push({
    row: '  CPU of an event',
    figure: Object.entries(cpu)
      .filter(([name]) => name !== 'mail-catcher')
      .map(([name, us]) => `${name} ${us} us`)
      .join(', '),
  })
  const memory = busy.residentMegabytes
  const largest = Math.max(memory['api-1'] ?? 0, memory['worker-1'] ?? 0)
  bench.figures.push({
    row: '  resident memory at full load',
    figure: `API ${memory['api-1']?.toFixed(0)} MB, worker ${memory['worker-1']?.toFixed(0)} MB`,
    goal: '<= 180 MB each',
    ok: largest <= 180,
  })

  const offered = Math.round((report.load.accepted / report.load.durationSeconds) * 3)
  const overload = await bench.load({ ...send, rate: offered, seconds: bench.seconds, connections: 512 })
  const kept = (overload.settledPerSecond ?? 0) / rate
  const { load } = overload
  bench.figures.push({
    ...{
      row: 'offered three times as much',
      figure: `${perSecond(overload.settledPerSecond ?? 0)} = ${ratio(kept)} of its best`,
      beside: `offered ${perSecond(offered)}`,
    },
    ...{ goal: '>= 0.9', ok: kept >= 0.9 && overload.webhooks!.missing === 0 },
  })
  bench.figures.push({
    ...{
      row: '  refused',
      figure: `${((load.refused / load.requests) * 100).toFixed(0)}%, answered in p50 ${ms(load.refusedLatencyMs.p50)}, p99 ${ms(load.refusedLatencyMs.p99)}`,
    },
    ...{ goal: 'each with Retry-After', ok: load.refused === load.refusedWithRetryAfter },
  })
  bench.details.webhooks = { report, bare: [before, after], cpuUsPerEvent: cpu, memory, overload }
}
