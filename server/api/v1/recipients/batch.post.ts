import { batchRecipients } from '#shared/contracts/operations/recipients.ts'
import { recipientBatchItemSchema, type RecipientBatchItem } from '#shared/contracts/recipient.ts'
import { problemOf } from '#shared/fault.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { invalidFault } from '../../../utils/fault-of.ts'

export default defineOperation(batchRecipients, async ({ app, workspaceId, actor, body, requestId }) => {
  // One recipient that is not valid never refuses its neighbours: each item gets its own answer.
  const parsed = body.recipients.map((input) => recipientBatchItemSchema.safeParse(input))
  const valid: RecipientBatchItem[] = parsed.flatMap((item) => (item.success ? [item.data] : []))
  const written = (await app.services.recipients.putMany(workspaceId, actor, valid)).values()
  const items = parsed.map((item, index) =>
    item.success
      ? { index, ...written.next().value! }
      : { index, status: 'rejected' as const, problem: problemOf(invalidFault(item.error, 'recipient'), batchRecipients.path, requestId) },
  )
  return { status: 200, body: { items } }
})
