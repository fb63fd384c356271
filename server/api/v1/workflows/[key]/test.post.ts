import { testWorkflow } from '#shared/contracts/operations/workflows.ts'
import { Fault } from '#shared/fault.ts'
import { publicId } from '#shared/ids.ts'
import { prepareEvent } from '#services/events/index.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(testWorkflow, async ({ app, workspaceId, params, body }) => {
  const workflow = await app.services.workflows.get(workspaceId, params.key)
  if (workflow.publishedVersion === null) throw new Fault('conflict', `Workflow ${params.key} has not been published`)
  const event = prepareEvent(workspaceId, {
    type: workflow.eventType,
    recipients: [body.recipient],
    data: body.data,
    source: 'workflow-test',
  })
  await app.services.acceptor.accept({ workspaceId, events: [event] })
  return { status: 202, body: { id: publicId('event', event.id), status: 'accepted' as const, acceptedAt: event.acceptedAt } }
})
