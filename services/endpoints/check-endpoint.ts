import { jsonPointer } from '#platform/json/parse-json.ts'
import type { Config } from '#platform/config/index.ts'
import { checkTargetUrl, refusedEndpointHeader } from '#services/channels/index.ts'
import type { EndpointUpdate } from '#shared/contracts/endpoint.ts'
import { Fault, type FaultDetail } from '#shared/fault.ts'

/** Fault('invalid') for a URL that webhooks may not reach and for headers that are ours, each with its place. */
export function checkEndpoint(config: Config, { url, headers }: EndpointUpdate): void {
  const errors: FaultDetail[] = []
  const refused = url === undefined ? null : checkTargetUrl(url, config)
  if (refused) errors.push({ path: '/url', message: refused })
  for (const [name, value] of Object.entries(headers ?? {})) {
    const message = refusedEndpointHeader(name, value)
    if (message) errors.push({ path: jsonPointer(['headers', name]), message })
  }
  if (errors.length > 0) throw new Fault('invalid', 'The endpoint is not valid.', { errors })
}
