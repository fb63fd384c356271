// Files for tests, and their way in as a client of the API takes it.
import { createCipheriv, createHash } from 'node:crypto'
import type { AttachmentCreated, AttachmentView } from '#shared/contracts/attachment.ts'

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes without a pattern, the same ones in every run: no run may be the one in which they look like a known file. */
export const fileBytes = (size: number): Buffer =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(size))

/** A real, if small, PNG: one pixel. */
export const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

type Api = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: any }>

/** Sends the bytes where the ticket says, in parts when it has parts; what `complete` wants to hear. */
export async function uploadBytes(
  { upload }: Pick<AttachmentCreated, 'upload'>,
  bytes: Buffer,
): Promise<{ parts?: { number: number; etag: string }[] }> {
  const sent = async (url: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init)
    if (!answer.ok) throw new Error(`${init.method} ${url.slice(0, 60)} answered ${answer.status}: ${await answer.text()}`)
    return answer
  }
  if (upload.parts) {
    const parts = []
    for (const { number, url } of upload.parts) {
      const at = (number - 1) * upload.partSize!
      const answer = await sent(url, { method: 'PUT', body: bytes.subarray(at, at + upload.partSize!) as never })
      parts.push({ number, etag: answer.headers.get('etag')! })
    }
    return { parts }
  }
  if (upload.method === 'PUT') await sent(upload.url!, { method: 'PUT', headers: upload.headers ?? {}, body: bytes as never })
  else {
    const form = new FormData()
    for (const [name, value] of Object.entries(upload.fields ?? {})) form.append(name, value)
    form.append('file', new Blob([bytes as never]))
    await sent(upload.url!, { method: 'POST', body: form })
  }
  return {}
}

/** Announces, uploads and completes; the file as its check left it. */
export async function addFile(
  api: Api,
  bytes: Buffer,
  file: { filename: string; contentType: string; sha256?: string; recipientId?: string },
): Promise<AttachmentView> {
  const created = await api('POST', '/attachments', { ...file, size: bytes.length })
  if (created.status !== 201) throw new Error(`POST /attachments answered ${created.status}: ${JSON.stringify(created.body)}`)
  const completed = await api('POST', `/attachments/${created.body.id}/complete`, await uploadBytes(created.body, bytes))
  if (completed.status !== 200) throw new Error(`complete answered ${completed.status}: ${JSON.stringify(completed.body)}`)
  return completed.body as AttachmentView
}
