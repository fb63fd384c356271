// Mails that arrive together share one insert; each is answered when its row is committed.
import { workspaceHeader, type CaughtMail } from '#platform/mail/index.ts'
import { isUnavailable } from '#platform/postgres/index.ts'
import { newUuid, parsePublicId } from '#shared/ids.ts'
import type { MailboxRepository, MailToKeep } from './mailbox.repository.ts'

const batchSize = 100
/** How much may pile up over the bound before it is cut back: a delete per mail would cost more than the insert. */
const trimEvery = 500

interface Waiting {
  mail: MailToKeep
  resolve(): void
  reject(error: unknown): void
}

/** -> a function that resolves when the mail is committed. */
export function createMailKeeper(repository: MailboxRepository, keepNewest: number): (mail: CaughtMail) => Promise<void> {
  const waiting: Waiting[] = []
  let running = false
  let sinceTrim = 0

  async function insert(batch: Waiting[]): Promise<void> {
    try {
      await repository.insert(batch.map(({ mail }) => mail))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      if (batch.length === 1 || isUnavailable(error)) {
        for (const { reject } of batch) reject(error)
        return
      }
      // A row that Postgres does not take must not cost its neighbours.
      for (const one of batch) await insert([one])
    }
  }

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize)
      await insert(batch)
      sinceTrim += batch.length
      if (sinceTrim >= Math.min(trimEvery, keepNewest)) {
        sinceTrim = 0
        // Tried again with the next mails.
        await repository.keepNewest(keepNewest).catch(() => {})
      }
    }
    running = false
  }

  return (mail) =>
    new Promise((resolve, reject) => {
      waiting.push({ mail: { ...mail, id: newUuid(), ...ownerOf(mail) }, resolve, reject })
      if (!running) void run()
    })
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Our own mails say which workspace they belong to, and their Message-ID is the delivery's. */
function ownerOf(mail: CaughtMail): { workspaceId: string | null; deliveryId: string | null } {
  const workspace = mail.headers[workspaceHeader.toLowerCase()]
  const messageId = mail.headers['message-id']
  const delivery = typeof messageId === 'string' ? /^<([^@>]+)@signalbox>$/.exec(messageId)?.[1] : undefined
  return {
    workspaceId: typeof workspace === 'string' && uuid.test(workspace) ? workspace : null,
    deliveryId: delivery === undefined ? null : parsePublicId('delivery', delivery),
  }
}
