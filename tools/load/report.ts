// The generator's report, as a text for people.
import type { Percentiles } from './percentiles.ts'
import type { LoadReport } from './measure.ts'
import { ledgerSentence } from './ledger-sentence.ts'

const ms = (value: number): string => (Number.isNaN(value) ? '-' : value < 10 ? value.toFixed(1) : value.toFixed(0))
const line = (name: string, { p50, p90, p99, max }: Percentiles): string =>
  `${name.padEnd(22)} p50 ${ms(p50)} ms, p90 ${ms(p90)} ms, p99 ${ms(p99)} ms, max ${ms(max)} ms`

export function describeLoad(report: LoadReport): string {
  const { load, webhooks, ledger } = report
  const lines = [
    `${load.events.toLocaleString('en-US')} events in ${load.durationSeconds.toFixed(1)} s, ${load.accepted.toLocaleString('en-US')} accepted (${Math.round(load.accepted / load.durationSeconds).toLocaleString('en-US')}/s)`,
    `${'answers'.padEnd(22)} ${Object.entries(load.statuses)
      .map(([status, count]) => `${status}: ${count.toLocaleString('en-US')}`)
      .join(', ')}`,
    line('sent -> accepted', load.latencyMs),
    ...(load.refused > 0
      ? [
          line('sent -> refused', load.refusedLatencyMs),
          `${load.refusedWithRetryAfter.toLocaleString('en-US')} of ${load.refused.toLocaleString('en-US')} refusals said when to come back`,
        ]
      : []),
    ...(webhooks
      ? [
          line('sent -> webhook', webhooks.latencyMs),
          `${webhooks.events.toLocaleString('en-US')} events arrived, ${webhooks.missing} missing, ${webhooks.repeated} webhooks came again`,
        ]
      : []),
    ...(report.settledAfterSeconds === null
      ? []
      : [
          `${report.settledPerSecond!.toFixed(0)} events/s accepted and settled (all done ${report.settledAfterSeconds.toFixed(1)} s after the first)`,
        ]),
    ...(ledger ? [ledgerSentence(ledger)] : []),
  ]
  return lines.join('\n')
}
