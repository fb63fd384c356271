// The signed URLs of the disk store: bytes in, bytes out, never whole in memory, never through a body parser.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { ObjectStoreError, type DiskGrant, type DiskStore, type ObjectStore, type ServedFiles } from '#platform/object-store/index.ts'
import { Fault } from '#shared/fault.ts'
import { faultOf } from './fault-of.ts'
import { takesItsTime } from './long-uploads.ts'
import { beginRequest, sendProblem, sendReply } from './request.ts'

/** Answers one request to `/files/{token}`: PUT for an upload or a part of one, GET or HEAD for a download. Never rejects. */
export async function answerFile(
  store: ObjectStore | DiskStore,
  token: string,
  req: IncomingMessage,
  res: ServerResponse,
  options: { head?: boolean } = {},
): Promise<void> {
  const requestId = beginRequest(req, res)
  try {
    const served = 'served' in store ? store.served : undefined
    const grant = served?.readGrant(token)
    if (!served || !grant) throw new Fault('not-found', 'This link is not valid, or no longer.')
    if (grant.action === 'get') await give(store, grant, req, res, options.head === true)
    else await take(served, grant, req, res)
  } catch (error) {
    if (res.headersSent) res.destroy()
    else sendProblem(req, res, faultOf(inWords(error), undefined, { requestId }))
  }
}

async function take(
  served: ServedFiles,
  grant: Exclude<DiskGrant, { action: 'get' }>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (req.method !== 'PUT') throw new Fault('method-not-allowed', 'This link takes PUT.')
  if (grant.action === 'put' && req.headers['content-type']?.toLowerCase() !== grant.contentType.toLowerCase())
    throw new Fault('unsupported-media-type', `This link takes ${grant.contentType}.`)
  const announced = req.headers['content-length']
  if (announced !== undefined && Number(announced) > grant.size)
    throw new Fault('payload-too-large', `This link takes exactly ${grant.size} bytes.`)
  const done = takesItsTime(req)
  try {
    const { etag } = await served.receive(grant, req)
    sendReply(res, { status: 200, headers: { etag: `"${etag}"` } })
  } finally {
    done()
  }
}

async function give(
  store: ObjectStore,
  grant: Extract<DiskGrant, { action: 'get' }>,
  req: IncomingMessage,
  res: ServerResponse,
  head: boolean,
): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'HEAD') throw new Fault('method-not-allowed', 'This link takes GET.')
  const facts = await store.find(grant.key)
  if (!facts) throw new Fault('not-found', 'The file is gone.')
  res.setHeader('content-type', grant.contentType)
  res.setHeader('content-disposition', grant.disposition)
  res.setHeader('content-length', facts.size)
  // Whatever it is, it runs nothing and belongs to nobody's page. A browser's own PDF reader does not open in a sandbox.
  if (grant.contentType !== 'application/pdf') res.setHeader('content-security-policy', "default-src 'none'; sandbox")
  res.setHeader('cache-control', 'private, no-store')
  res.writeHead(200)
  if (head || req.method === 'HEAD') {
    res.end()
    return
  }
  await pipeline(await store.read(grant.key), res)
}

function inWords(error: unknown): unknown {
  if (!(error instanceof ObjectStoreError)) return error
  if (error.trouble === 'missing') return new Fault('not-found', 'This upload was completed or given up.', { cause: error })
  if (error.trouble === 'refused') return new Fault('invalid', `${error.message}.`, { cause: error })
  return new Fault('dependency-unavailable', 'The object store does not answer.', { retryAfterSeconds: 5, cause: error })
}
