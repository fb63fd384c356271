// Letters as a file: read page by page, written as they come, so that 300,000 of them need no memory.
import type { Pool } from '#platform/postgres/index.ts'
import type { LetterFilter, LetterView } from '#shared/contracts/dead-letter.ts'
import { csvLine } from '#shared/csv.ts'
import { parsePublicId } from '#shared/ids.ts'
import { listLetters } from './read-letters.repository.ts'
import { redactLetter } from './redact-letter.rules.ts'

const pageLetters = 1_000

export interface LetterExport {
  contentType: string
  filename: string
  chunks: AsyncGenerator<string>
}

const columns: [string, (letter: LetterView) => string | number | null][] = [
  ['id', (letter) => letter.id],
  ['state', (letter) => letter.state],
  ['kind', (letter) => letter.kind],
  ['causeId', (letter) => letter.causeId],
  ['channel', (letter) => letter.channel],
  ['eventType', (letter) => letter.eventType],
  ['eventId', (letter) => letter.eventId],
  ['eventSubject', (letter) => letter.eventSubject],
  ['deliveryId', (letter) => letter.deliveryId],
  ['endpointId', (letter) => letter.endpointId],
  ['recipientId', (letter) => letter.recipientId],
  ['workflowKey', (letter) => letter.workflowKey],
  ['errorCode', (letter) => letter.error.code],
  ['errorMessage', (letter) => letter.error.message],
  ['attempts', (letter) => letter.attempts],
  ['reached', (letter) => letter.reached],
  ['createdAt', (letter) => letter.createdAt],
  ['outcome', (letter) => letter.outcome],
  ['replayId', (letter) => letter.replayId],
  ['closedAt', (letter) => letter.closedAt],
  ['closedBy', (letter) => letter.closedBy],
  ['closedReason', (letter) => letter.closedReason],
]

/** The same letters as the list of the same filter, newest first; those that come during the export may be missing. */
export function exportLetters(
  pool: Pool,
  workspaceId: string,
  filter: LetterFilter,
  format: 'csv' | 'json',
  masked: boolean,
): LetterExport {
  async function* pages(): AsyncGenerator<LetterView[]> {
    let before: string | undefined
    for (;;) {
      const letters = await listLetters(pool, workspaceId, filter, { before, count: pageLetters, errorsOnly: masked })
      if (letters.length > 0) yield masked ? letters.map(redactLetter) : letters
      if (letters.length < pageLetters) return
      before = parsePublicId('deadLetter', letters.at(-1)!.id)!
    }
  }
  async function* csv(): AsyncGenerator<string> {
    yield csvLine(columns.map(([name]) => name))
    for await (const letters of pages()) yield letters.map((letter) => csvLine(columns.map(([, cell]) => cell(letter)))).join('')
  }
  async function* json(): AsyncGenerator<string> {
    let first = true
    yield '['
    for await (const letters of pages()) {
      yield `${first ? '' : ','}\n${letters.map((letter) => JSON.stringify(letter)).join(',\n')}`
      first = false
    }
    yield '\n]\n'
  }
  const name = `dead-letters-${new Date().toISOString().slice(0, 10)}.${format}`
  return format === 'csv'
    ? { contentType: 'text/csv; charset=utf-8', filename: name, chunks: csv() }
    : { contentType: 'application/json; charset=utf-8', filename: name, chunks: json() }
}
