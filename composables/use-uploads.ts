import type { AttachmentCreated, AttachmentView } from '#shared/contracts/attachment.ts'
import { uploadTexts as texts } from '#shared/texts/attachments.ts'
import { problemOf } from '#shared/view/api-problem.ts'
import { bytesDone, mediaTypeOf, piecesOf, type UploadPiece } from '#shared/view/upload-plan.ts'

export interface Upload {
  key: number
  name: string
  size: number
  /** Bytes that have left. */
  sent: number
  state: 'waiting' | 'sending' | 'checking' | 'ready' | 'failed' | 'cancelled'
  problem: string | null
  attachment: AttachmentView | null
}

/** What is kept of an upload so that it can go on where it stopped. */
interface Errand {
  file: File
  created: AttachmentCreated | null
  etags: Map<number, string>
  request: XMLHttpRequest | null
}

/** Hashing needs the whole file in memory: only up to here. */
const hashedBytes = 16 * 1024 * 1024
let keys = 0

/** Uploads of this page, one after the other: announced, sent with progress, completed. `onReady` hears of each that is ready. */
export function useUploads(onReady: (attachment: AttachmentView) => void) {
  const api = useApi()
  const uploads = ref<Upload[]>([])
  const errands = new Map<number, Errand>()
  let running: Promise<void> = Promise.resolve()
  const find = (key: number): Upload | undefined => uploads.value.find((upload) => upload.key === key)

  function add(files: Iterable<File>): void {
    for (const file of files) {
      const key = ++keys
      errands.set(key, { file, created: null, etags: new Map(), request: null })
      uploads.value.push({ key, name: file.name, size: file.size, sent: 0, state: 'waiting', problem: null, attachment: null })
      running = running.then(() => run(key))
    }
  }

  async function run(key: number): Promise<void> {
    const upload = find(key)
    const errand = errands.get(key)
    if (!upload || !errand || upload.state !== 'waiting') return
    upload.state = 'sending'
    try {
      errand.created ??= await announce(errand.file)
      await sendAll(upload, errand)
      if (isCancelled(key)) return
      upload.state = 'checking'
      const parts = [...errand.etags].map(([number, etag]) => ({ number, etag }))
      const body = parts.length > 0 ? { parts } : {}
      upload.attachment = await api.post('/attachments/{id}/complete', body, { params: { id: errand.created.id } })
      upload.state = upload.attachment.state === 'ready' ? 'ready' : 'failed'
      if (upload.state === 'ready') onReady(upload.attachment)
      else upload.problem = upload.attachment.reason ?? texts.stillChecking
    } catch (error) {
      if (isCancelled(key)) return
      upload.state = 'failed'
      upload.problem = error instanceof Error && !('status' in error) ? error.message : sentenceOf(error)
    }
  }

  const isCancelled = (key: number): boolean => (find(key)?.state ?? 'cancelled') === 'cancelled'

  async function announce(file: File): Promise<AttachmentCreated> {
    const sha256 = await sumOf(file)
    const body = { filename: file.name, contentType: mediaTypeOf(file.type), size: file.size, ...(sha256 ? { sha256 } : {}) }
    return api.any<AttachmentCreated>('POST', '/attachments', { body })
  }

  async function sendAll(upload: Upload, errand: Errand): Promise<void> {
    const ticket = errand.created!.upload
    for (const piece of piecesOf(ticket, upload.size, errand.etags)) {
      const before = ticket.parts ? bytesDone(ticket, upload.size, errand.etags) : 0
      const etag = await sendPiece(errand, piece, (bytes) => (upload.sent = Math.min(upload.size, before + bytes)))
      if (piece.number > 0) errand.etags.set(piece.number, etag)
      if (isCancelled(upload.key)) return
    }
    upload.sent = upload.size
  }

  function cancel(key: number): void {
    const upload = find(key)
    if (upload && ['waiting', 'sending'].includes(upload.state)) upload.state = 'cancelled'
    errands.get(key)?.request?.abort()
  }

  function retry(key: number): void {
    const upload = find(key)
    const errand = errands.get(key)
    if (!upload || !errand) return
    // What was rejected or is over is announced anew; what broke off goes on.
    if (upload.attachment) Object.assign(errand, { created: null, etags: new Map() })
    Object.assign(upload, { state: 'waiting', problem: null, attachment: null, sent: 0 })
    running = running.then(() => run(key))
  }

  function remove(key: number): void {
    cancel(key)
    errands.delete(key)
    uploads.value = uploads.value.filter((upload) => upload.key !== key)
  }

  onScopeDispose(() => {
    for (const errand of errands.values()) errand.request?.abort()
  })
  return { uploads, add, cancel, retry, remove }
}

/** Sends one piece; fetch tells nothing about how much has left, so this is XMLHttpRequest. Resolves with the etag. */
function sendPiece(errand: Errand, piece: UploadPiece, onProgress: (bytes: number) => void): Promise<string> {
  const { upload } = errand.created!
  const bytes = errand.file.slice(piece.from, piece.to)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    errand.request = request
    request.open(upload.method, piece.url)
    request.upload.onprogress = (event) => onProgress(event.loaded)
    request.onload = () =>
      request.status < 300 ? resolve(request.getResponseHeader('etag') ?? '') : reject(new Error(texts.refused(request.status)))
    request.onerror = () => reject(new Error(texts.broken))
    request.onabort = () => reject(new Error(texts.states.cancelled))
    if (upload.fields) {
      const form = new FormData()
      for (const [name, value] of Object.entries(upload.fields)) form.append(name, value)
      form.append('file', bytes)
      request.send(form)
      return
    }
    for (const [name, value] of Object.entries(upload.headers ?? {})) request.setRequestHeader(name, value)
    request.send(bytes)
  })
}

async function sumOf(file: File): Promise<string | null> {
  if (file.size > hashedBytes || !globalThis.crypto?.subtle) return null
  const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function sentenceOf(error: unknown): string {
  const problem = problemOf(error)
  return [problem.detail || problem.title, ...problem.errors.map(({ path, message }) => `${path} ${message}`)].join(' ')
}
