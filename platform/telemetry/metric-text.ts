// Prometheus text format 0.0.4 out of metrics of several processes: one family, one HELP, every sample with its process.

export interface MetricSample {
  labels: Record<string, string | number>
  value: number
  /** Where it differs from the family's: `_bucket`, `_sum`, `_count` of histograms. */
  metricName?: string
}

export interface MetricFamily {
  name: string
  help: string
  type: string
  values: MetricSample[]
}

/** Families of the same name are merged; `extra` labels are added to each sample of its source. */
export function metricText(sources: { extra: Record<string, string>; families: readonly MetricFamily[] }[]): string {
  const merged = new Map<string, { family: MetricFamily; lines: string[] }>()
  for (const { extra, families } of sources) {
    for (const family of families) {
      let entry = merged.get(family.name)
      if (!entry) merged.set(family.name, (entry = { family, lines: [] }))
      for (const sample of family.values) entry.lines.push(lineOf(family.name, sample, extra))
    }
  }
  return [...merged.values()]
    .map(
      ({ family, lines }) =>
        `# HELP ${family.name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${family.name} ${family.type}\n${lines.join('')}`,
    )
    .join('\n')
}

function lineOf(name: string, sample: MetricSample, extra: Record<string, string>): string {
  const labels = Object.entries({ ...sample.labels, ...extra }).map(([label, value]) => `${label}="${escapeLabel(String(value))}"`)
  return `${sample.metricName ?? name}${labels.length > 0 ? `{${labels.join(',')}}` : ''} ${numberOf(sample.value)}\n`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberOf(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
