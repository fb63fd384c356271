// The check of one file: its bytes pass by once, a chunk at a time, whatever its size.
import { createHash } from 'node:crypto'
import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import { isStoreUnavailable, ObjectStoreError, type ObjectStore } from '#platform/object-store/index.ts'
import { ScannerUnavailable, type VirusScan, type VirusScanner } from '#platform/virus-scanner/index.ts'
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { AttachmentCheck } from '#shared/contracts/attachment.ts'
import type { AttachmentRow } from './attachment.repository.ts'
import { isPicture, judgeType, keysOf } from './attachment.rules.ts'
import { endCheck, keepChecking, postponeCheck } from './check.repository.ts'

export interface CheckDeps {
  pool: Pool
  store: ObjectStore
  /** undefined = none is set up. */
  scanner: VirusScanner | undefined
  log: Log
}

/** As many as the formats with a long preamble need (zip, ISO media, Matroska). */
const headBytes = 64 * 1024
const keepEveryMs = 20_000
const againSeconds = 10

/** Checks a file whose check is the caller's. Never rejects: what cannot be checked now is checked again. */
export async function checkAttachment(deps: CheckDeps, row: AttachmentRow): Promise<void> {
  const alive = setInterval(() => keepChecking(deps.pool, row).catch(() => {}), keepEveryMs)
  try {
    const { checks, sha256 } = await lookAt(deps, row)
    const failed = checks.find((check) => check.outcome === 'failed')
    await transaction(deps.pool, (client) =>
      endCheck(client, row, {
        state: failed ? 'rejected' : 'ready',
        reason: failed ? `${failed.name}: ${failed.detail}` : null,
        sha256,
        checks,
        thumbnail: !failed && isPicture(row.contentType),
      }),
    )
  } catch (error) {
    const reason = isStoreUnavailable(error)
      ? 'waits for the object store'
      : error instanceof ScannerUnavailable
        ? 'waits for the virus scanner'
        : 'waits: the check failed on our side'
    deps.log.warn({ err: error, attachment: row.id }, 'a file could not be checked now')
    await postponeCheck(deps.pool, row, reason, againSeconds).catch(() => {})
  } finally {
    clearInterval(alive)
  }
}

async function lookAt({ store, scanner }: CheckDeps, row: AttachmentRow): Promise<{ checks: AttachmentCheck[]; sha256: string | null }> {
  const { incoming, kept } = keysOf(row.workspaceId, row.id)
  // Out of reach of the upload URL first: what is checked is what stays.
  if (row.uploadId === null) {
    try {
      await store.move(incoming, kept)
    } catch (error) {
      if (!(error instanceof ObjectStoreError) || error.trouble !== 'missing') throw error
    }
  }
  const facts = await store.find(kept)
  if (!facts) return { checks: [{ name: 'size', outcome: 'failed', detail: 'there are no bytes' }], sha256: null }
  if (facts.size !== row.size)
    return {
      checks: [{ name: 'size', outcome: 'failed', detail: `declared with ${row.size} bytes, but there are ${facts.size}` }],
      sha256: null,
    }

  const hash = createHash('sha256')
  const head: Buffer[] = []
  let read = 0
  const scan: VirusScan | undefined = scanner && (await scanner.begin())
  try {
    for await (const chunk of (await store.read(kept)) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      if (read < headBytes) head.push(chunk)
      read += chunk.length
      await scan?.write(chunk)
    }
    if (read !== row.size) throw new ObjectStoreError('unavailable', `The object store gave ${read} of ${row.size} bytes`)
    const sha256 = hash.digest('hex')
    const detected = await fileTypeFromBuffer(Buffer.concat(head)).catch(() => undefined)
    const verdict = await scan?.end()
    return {
      sha256,
      checks: [
        { name: 'size', outcome: 'passed', detail: `${row.size} bytes` },
        judgeSum(row.sha256, sha256),
        judgeType(row.contentType, detected?.mime, supportedMimeTypes.has(row.contentType as never)),
        judgeScan(verdict),
      ],
    }
  } finally {
    scan?.close()
  }
}

/** What the scanner does not look at is no file to hand out: whoever sets one up means all files. */
function judgeScan(verdict: Awaited<ReturnType<VirusScan['end']>> | undefined): AttachmentCheck {
  const name = 'malware'
  if (verdict === undefined) return { name, outcome: 'skipped', detail: 'no scanner is set up' }
  if (verdict.tooLong)
    return { name, outcome: 'failed', detail: 'the scanner takes no file as large as this one: raise its StreamMaxLength' }
  if (verdict.found !== null) return { name, outcome: 'failed', detail: `the scanner found ${verdict.found}` }
  return { name, outcome: 'passed', detail: 'the scanner found nothing' }
}

function judgeSum(declared: string | null, measured: string): AttachmentCheck {
  if (declared === null) return { name: 'sha256', outcome: 'skipped', detail: 'none was declared' }
  if (declared === measured) return { name: 'sha256', outcome: 'passed', detail: measured }
  return { name: 'sha256', outcome: 'failed', detail: `declared ${declared}, but the bytes have ${measured}` }
}
