// Sending claimed letters: as they are, or as edited copies made by a patch.
import type { PoolClient } from '#platform/postgres/index.ts'
import { applyPatch, PatchError, type Json, type PatchOperation } from '#shared/json-patch.ts'
import { newUuid } from '#shared/ids.ts'
import { problemsOfBody } from '#shared/letter-body.ts'
import { lockLettersForEdit, type EditableLetter } from './letter-edit.repository.ts'
import { putBack, sendEditedCopy, type LetterToSend, type Sending } from './put-back.repository.ts'
import { refuseLetters, type ReplayRow } from './replay.repository.ts'

/** Sends these letters of a replay. */
export async function sendLetters(client: PoolClient, replay: ReplayRow, letters: LetterToSend[], stage: number): Promise<void> {
  const sending: Sending = { reason: replay.reason, by: replay.startedBy, stage }
  if (replay.patch === null) {
    await putBack(client, replay.workspaceId, letters, sending)
    return
  }
  const refused: string[] = []
  const gone: LetterToSend[] = []
  const editable = await lockLettersForEdit(
    client,
    replay.workspaceId,
    letters.map((letter) => letter.id),
  )
  for (const letter of editable) {
    const patched = patchLetter(letter, replay.patch)
    if ('problem' in patched) refused.push(letter.id)
    else if (!(await sendCopy(client, replay.workspaceId, letter, patched.body, sending))) gone.push(letter)
  }
  // What they stand for is not dead any more: closed as skipped.
  await putBack(client, replay.workspaceId, gone, sending)
  await refuseLetters(client, replay, refused)
}

/** The body after the patch, or why the patch does not fit this letter. */
export function patchLetter(
  letter: Pick<EditableLetter, 'channel' | 'body'>,
  patch: readonly PatchOperation[],
): { body: Record<string, unknown> } | { problem: string } {
  try {
    const body = applyPatch(letter.body as Json, patch)
    const [problem] = problemsOfBody(letter.channel, body)
    return problem ? { problem: `${problem.path || 'the body'} ${problem.message}` } : { body: body as Record<string, unknown> }
  } catch (error) {
    if (error instanceof PatchError) return { problem: error.message }
    throw error
  }
}

/** False when the delivery is not dead any more. */
export function sendCopy(
  client: PoolClient,
  workspaceId: string,
  letter: Pick<EditableLetter, 'id' | 'deliveryId'>,
  body: Record<string, unknown>,
  sending: Sending,
  copyId = newUuid(),
): Promise<boolean> {
  const subject = [body.subject, body.title].find((text) => typeof text === 'string') as string | undefined
  return sendEditedCopy(
    client,
    workspaceId,
    { id: letter.id, deliveryId: letter.deliveryId! },
    { id: copyId, notificationId: newUuid(), override: JSON.stringify(body), subject: subject ?? null, ...sending },
  )
}
