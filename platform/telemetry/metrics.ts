// Counters of this process, in Prometheus' terms. What they mean together for several processes: docs/decisions/0014.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface Metrics {
  registry: Registry
  /** One HTTP request: `route` is the operation's path, never the URL. */
  observeRequest(method: string, route: string, status: number, durationMs: number): void
  accepted(mode: 'single' | 'batch', events: number): void
  attempt(channel: string, outcome: string, durationMs?: number): void
  deadLetter(kind: string, channel: string | null): void
  /** How late the relay dispatched what it claimed. */
  relayLag(seconds: number): void
  /** Events or deliveries that a worker finished with an effect. */
  worked(kind: string, count: number): void
  close(): void
}

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'signalbox_http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'signalbox_http_request_duration_seconds',
    help: 'From the first byte read by us to the answer handed to the socket',
    labelNames: ['method', 'route'],
    buckets: durationBuckets,
    registers,
  })
  const accepts = new Counter({
    name: 'signalbox_events_accepted_total',
    help: 'Events that are durable and were answered 202',
    labelNames: ['mode'],
    registers,
  })
  const attempts = new Counter({
    name: 'signalbox_attempts_total',
    help: 'Attempts that ended',
    labelNames: ['channel', 'outcome'],
    registers,
  })
  const attemptDurations = new Histogram({
    name: 'signalbox_attempt_duration_seconds',
    help: 'How long attempts took',
    labelNames: ['channel'],
    buckets: durationBuckets,
    registers,
  })
  const letters = new Counter({
    name: 'signalbox_dead_letters_total',
    help: 'Dead letters made',
    labelNames: ['kind', 'channel'],
    registers,
  })
  const lag = new Histogram({
    name: 'signalbox_relay_lag_seconds',
    help: 'How long after it was due the relay dispatched work',
    buckets: durationBuckets,
    registers,
  })
  const worked = new Counter({
    name: 'signalbox_work_done_total',
    help: 'Outbox rows whose work ended in this process',
    labelNames: ['kind'],
    registers,
  })
  /** One for each operation and status: as many as the operations allow. */
  const requestChildren = new Map<string, { count: Counter.Internal; duration: Histogram.Internal<'method' | 'route'> }>()
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  new Gauge({
    name: 'signalbox_event_loop_lag_seconds',
    help: '99th percentile of the event loop delay since the last look',
    registers,
    collect() {
      // What the timer's own resolution adds is not lag.
      this.set(Math.max(0, delay.percentile(99) / 1e9 - 0.02) || 0)
      delay.reset()
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Used heap',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed)
    },
  })
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time used',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      cpu.reset()
      cpu.inc((user + system) / 1e6)
    },
  })
  new Gauge({ name: 'process_start_time_seconds', help: 'When this process started, seconds since 1970', registers }).set(
    Date.now() / 1000 - process.uptime(),
  )

  return {
    registry,
    observeRequest(method, route, status, durationMs) {
      // Labels are looked up once: as objects they are hashed again at every request.
      const key = `${method} ${status} ${route}`
      let known = requestChildren.get(key)
      if (!known) {
        known = { count: requests.labels({ method, route, status }), duration: durations.labels({ method, route }) }
        requestChildren.set(key, known)
      }
      known.count.inc()
      known.duration.observe(durationMs / 1_000)
    },
    accepted(mode, events) {
      accepts.inc({ mode }, events)
    },
    attempt(channel, outcome, durationMs) {
      attempts.inc({ channel, outcome })
      if (durationMs !== undefined) attemptDurations.observe({ channel }, durationMs / 1_000)
    },
    deadLetter(kind, channel) {
      letters.inc({ kind, channel: channel ?? '' })
    },
    relayLag(seconds) {
      lag.observe(Math.max(0, seconds))
    },
    worked(kind, count) {
      worked.inc({ kind }, count)
    },
    close() {
      delay.disable()
      registry.clear()
    },
  }
}
