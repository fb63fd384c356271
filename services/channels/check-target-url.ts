import { createTargetPolicy, type TargetConfig } from '#platform/http-client/index.ts'

const maxUrlLength = 2048

/**
 * Why an endpoint may not have this URL, or null when it may. For creation and change: schemes, user info, literal addresses,
 * and names that always mean this machine. What other names resolve to is checked at every attempt.
 */
export function checkTargetUrl(url: string, config: TargetConfig): string | null {
  if (url.length > maxUrlLength) return `a URL has at most ${maxUrlLength} characters`
  const policy = createTargetPolicy(config)
  const target = policy.parse(url)
  if ('refused' in target) return target.refused
  // RFC 6761, 6.3: these resolve to loopback wherever they are asked for.
  if (/(^|\.)localhost\.?$/.test(target.hostname))
    return policy.refuseAddress('127.0.0.1', target.port) && policy.refuseAddress('::1', target.port)
  return null
}
