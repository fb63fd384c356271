import { exportDeadLetters } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sendFile } from '../../../utils/send-file.ts'
import { sightOf } from '../../../utils/sight.ts'

export default defineOperation(exportDeadLetters, async ({ app, workspaceId, principal, query, event, signal }) => {
  await sendFile(event, app.services.deadLetters.export(workspaceId, query, sightOf(principal)), signal)
  return undefined
})
