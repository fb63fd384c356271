import type { Config } from '#platform/config/index.ts'
import { createHttpClient, type HttpClient } from '#platform/http-client/index.ts'
import { version } from '#platform/lifecycle/version.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { publicId } from '#shared/ids.ts'
import { judgeWebhook } from './judge-webhook.rules.ts'
import type { SendOutcome, WebhookMessage, WebhookSender } from './outcome.ts'
import { refusedEndpointHeader } from './refuse-endpoint-header.rules.ts'
import { signWebhook } from './sign-webhook.ts'

const userAgent = `Signalbox/${version}`

/** Sends webhooks through the guarded client, signed by Standard Webhooks 1.0. Throws when the configuration of targets cannot be read. */
export function createWebhookSender(deps: { config: Config; log: Log; httpClient?: HttpClient }): WebhookSender {
  const httpClient = deps.httpClient ?? createHttpClient({ config: deps.config })
  // Per endpoint, not per call: the caller keeps one object for each endpoint.
  const ownHeaders = new WeakMap<Record<string, string>, string[]>()

  function headersOf(headers: Record<string, string>): string[] {
    let flat = ownHeaders.get(headers)
    if (flat === undefined) {
      // Checked when the endpoint was made; a row written otherwise must still not reach the wire.
      flat = Object.entries(headers)
        .filter(([name, value]) => refusedEndpointHeader(name, value) === null)
        .flat()
      ownHeaders.set(headers, flat)
    }
    return flat
  }

  return {
    async send(message: WebhookMessage): Promise<SendOutcome> {
      if (message.secrets.length === 0) {
        return {
          outcome: 'give-up',
          statusCode: null,
          errorCode: 'no-secret',
          error: 'the endpoint has no live secret to sign with',
          where: 'webhook.sign',
        }
      }
      const id = publicId('delivery', message.deliveryId)
      const timestampSeconds = Math.floor(Date.now() / 1000)
      const result = await httpClient.request({
        url: message.url,
        headers: [
          ...headersOf(message.headers),
          'content-type',
          'application/json',
          'user-agent',
          userAgent,
          'webhook-id',
          id,
          'webhook-timestamp',
          String(timestampSeconds),
          'webhook-signature',
          signWebhook({ id, timestampSeconds, body: message.body, secrets: message.secrets }),
        ],
        body: message.body,
      })
      if (result.kind === 'error' || result.statusCode >= 300) {
        // Not the answer's text: receivers echo what they were sent, and logs hold no content.
        deps.log.debug({ deliveryId: id, result: result.kind === 'error' ? result.code : result.statusCode }, 'webhook not taken')
      }
      const outcome = judgeWebhook(result)
      if (result.kind === 'error') return outcome
      const { dial, firstByteMs } = result
      // Delivered on a kept connection: the first byte is all of its time, and keeping that would cost the path a longer row.
      if (dial) return { ...outcome, dial, firstByteMs }
      return outcome.outcome === 'delivered' ? outcome : { ...outcome, firstByteMs }
    },
    close: () => httpClient.close(),
  }
}
