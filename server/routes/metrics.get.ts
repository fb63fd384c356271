import { getMetrics } from '#shared/contracts/operations/system.ts'
import { metricText } from '#platform/telemetry/metric-text.ts'
import { defineOperation } from '../utils/define-operation.ts'

export default defineOperation(getMetrics, async ({ app }) => {
  const [processes, figures] = await Promise.all([app.sharedMetrics.read(), app.services.figures.read()])
  const sources = processes.map(({ process, host, families }) => ({ extra: { process, host }, families }))
  const body = metricText([...sources, { extra: {}, families: figures }])
  return { status: 200, body, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' } }
})
