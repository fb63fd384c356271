// A delivery for people who may only look: what became of it, without what looks like a person or a secret in what the other side said.
import type { DeliveryView } from '#shared/contracts/event.ts'
import { redactText } from '#shared/redact.ts'
import { redactAttempts } from '../masking/index.ts'

export function redactDelivery<T extends DeliveryView>(delivery: T): T {
  return { ...delivery, reason: delivery.reason && redactText(delivery.reason), attempts: redactAttempts(delivery.attempts) }
}
