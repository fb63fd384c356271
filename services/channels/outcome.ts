// What one attempt came to. Only the four words leave a channel; what they mean for rows is services/delivery's.

import type { Readable } from 'node:stream'
import type { Dial } from '#platform/http-client/index.ts'

/** One try of a delivery, told apart as contract.md says. `dial`: what opening its connection took, when one was opened. `firstByteMs`: from the written request to the first byte of the answer, where that is kept. `errorCode` and `where` are stable words: causes are grouped by them. */
export type SendOutcome = { dial?: Dial; firstByteMs?: number } & (
  | { outcome: 'delivered'; statusCode: number | null }
  | {
      /** retry: may succeed later. give-up: never will as it is. maybe-sent: the bytes went out and nobody knows. */
      outcome: 'retry' | 'give-up' | 'maybe-sent'
      /** HTTP status or SMTP reply code, when there was one. */
      statusCode: number | null
      /** 'connection-refused', 'timeout', 'http-503', 'smtp-550', 'refused-target', ... */
      errorCode: string
      /** A sentence for people; never holds a secret. */
      error: string
      /** What the receiver asked for; at most 24 h. */
      retryAfterSeconds?: number
      /** The receiver said 410: the endpoint is to be disabled. */
      gone?: true
      /** The place that failed: 'webhook.connect', 'webhook.response', 'email.data', ... */
      where: string
    }
)

export interface WebhookMessage {
  /** UUID of the delivery: the same webhook-id for every attempt. */
  deliveryId: string
  url: string
  /** The endpoint's own headers, already accepted by `refusedEndpointHeader`. Keep one object per endpoint: it is cached by identity. */
  headers: Record<string, string>
  /** `whsec_...`, newest first; several during a rotation. Keep one array per endpoint. */
  secrets: readonly string[]
  body: string
}

export interface WebhookSender {
  /** One attempt. Never rejects. Ends within the total deadline (20 s). */
  send(message: WebhookMessage): Promise<SendOutcome>
  /** Closes kept-alive connections; calls in flight end first. */
  close(): Promise<void>
}

export interface EmailMessage {
  /** UUID of the delivery: becomes the Message-ID. */
  deliveryId: string
  /** For the built-in mail catcher only, which files mail by workspace. */
  workspaceId: string
  /** NULL or undefined: MAIL_FROM. */
  from?: string | null
  to: string
  replyTo?: string | null
  subject: string
  html?: string | null
  text?: string | null
  /** Streamed, one after the other; never whole in memory. */
  files?: readonly MailFile[]
}

export interface MailFile {
  filename: string
  contentType: string
  size: number
  open(): Promise<Readable>
}

export interface EmailSender {
  /** One attempt. Never rejects. */
  send(message: EmailMessage): Promise<SendOutcome>
  close(): Promise<void>
}
