import { downloadFile } from '#shared/contracts/operations/attachments.ts'
import { answerFile } from '../../utils/answer-file.ts'
import { defineOperation } from '../../utils/define-operation.ts'

export default defineOperation(downloadFile, async ({ app, params, event }) => {
  await answerFile(app.objectStore, params.token, event.node.req, event.node.res, { head: event.context.head === true })
  return undefined
})
