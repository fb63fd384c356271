// Every operation of the API. A route without an operation here, or an operation without a route, fails a test.
import { apiKeyOperations } from './api-keys.ts'
import { attachmentOperations } from './attachments.ts'
import { auditOperations } from './audit.ts'
import { inboxOperations } from './inbox.ts'
import { mailboxOperations } from './mailbox.ts'
import { maskingOperations } from './masking.ts'
import { deadLetterOperations } from './dead-letters.ts'
import { deliveryOperations } from './deliveries.ts'
import { endpointOperations } from './endpoints.ts'
import { eventOperations } from './events.ts'
import { explainOperations } from './explain.ts'
import { findOperations } from './find.ts'
import { ledgerOperations } from './ledger.ts'
import { liveOperations } from './live.ts'
import { notificationOperations } from './notifications.ts'
import type { Operation } from './operation.ts'
import { operatorOperations } from './operators.ts'
import { jobOperations } from './jobs.ts'
import { providerOperations } from './providers.ts'
import { queueOperations } from './queues.ts'
import { recipientOperations } from './recipients.ts'
import { replayOperations } from './replays.ts'
import { searchOperations } from './search.ts'
import { sessionOperations } from './session.ts'
import { savedViewOperations } from './saved-views.ts'
import { statusOperations } from './status.ts'
import { systemOperations } from './system.ts'
import { topicOperations } from './topics.ts'
import { workflowOperations } from './workflows.ts'
import { workspaceOperations } from './workspaces.ts'

const all = [
  ...queueOperations,
  ...providerOperations,
  ...jobOperations,
  ...notificationOperations,
  ...ledgerOperations,
  ...liveOperations,
  ...eventOperations,
  ...explainOperations,
  ...findOperations,
  ...deliveryOperations,
  ...deadLetterOperations,
  ...recipientOperations,
  ...topicOperations,
  ...endpointOperations,
  ...attachmentOperations,
  ...operatorOperations,
  ...workspaceOperations,
  ...apiKeyOperations,
  ...auditOperations,
  ...inboxOperations,
  ...mailboxOperations,
  ...maskingOperations,
  ...replayOperations,
  ...savedViewOperations,
  ...searchOperations,
  ...sessionOperations,
  ...statusOperations,
  ...systemOperations,
  ...workflowOperations,
]
export const operations: readonly Operation[] = all

/** Each operation with its own types: the console calls by it, as a type only, so that no schema gets into a page. */
export type KnownOperation = (typeof all)[number]
