import type { AttachmentCreated, AttachmentSummary, AttachmentView } from '#shared/contracts/attachment.ts'
import { uploadTexts as texts } from '#shared/texts/attachments.ts'
import { problemOf } from '#shared/view/api-problem.ts'
import { md5Of } from '#shared/view/md5.ts'
import { bytesDone, mediaTypeOf, piecesOf, unfinishedOf, type UploadPiece } from '#shared/view/upload-plan.ts'

export interface Upload {
  key: number
  name: string
  size: number
  /** Bytes that have left. */
  sent: number
  state: 'waiting' | 'comparing' | 'sending' | 'checking' | 'ready' | 'failed' | 'cancelled'
  problem: string | null
  attachment: AttachmentView | null
}

/** What is kept of an upload so that it can go on where it stopped. */
interface Errand {
  file: File
  /** An upload that began before: what it has is asked for first. */
  resumes: string | null
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
  /** Of this person, from before this page or taken off its list. */
  const unfinished = shallowRef<AttachmentSummary[]>([])
  const { operator } = useSession()
  const find = (key: number): Upload | undefined => uploads.value.find((upload) => upload.key === key)

  /** Files that began to come before go on; the others are announced. */
  function add(files: Iterable<File>): void {
    for (const file of files) begin(file, unfinishedOf(unfinished.value, file)?.id ?? null)
  }

  /** Goes on with an upload; whether it is the same file was asked before. */
  function goOn(id: string, file: File): void {
    begin(file, id)
  }

  function begin(file: File, resumes: string | null): void {
    const key = ++keys
    errands.set(key, { file, resumes, created: null, etags: new Map(), request: null })
    unfinished.value = unfinished.value.filter(({ id }) => id !== resumes)
    uploads.value.push({ key, name: file.name, size: file.size, sent: 0, state: 'waiting', problem: null, attachment: null })
    running = running.then(() => run(key))
  }

  async function run(key: number): Promise<void> {
    const upload = find(key)
    const errand = errands.get(key)
    if (!upload || !errand || upload.state !== 'waiting') return
    try {
      if (errand.resumes) await takeUp(upload, errand, errand.resumes)
      if (isCancelled(key)) return
      upload.state = 'sending'
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
      // What is over or was given up is announced anew.
      if ([404, 409].includes(problemOf(error).status)) Object.assign(errand, { created: null, resumes: null, etags: new Map() })
      upload.state = 'failed'
      upload.problem = error instanceof Error && !('status' in error) ? error.message : sentenceOf(error)
    }
  }

  const isCancelled = (key: number): boolean => (find(key)?.state ?? 'cancelled') === 'cancelled'

  async function announce(file: File): Promise<AttachmentCreated> {
    if (file.size === 0) throw new Error(texts.empty)
    const sha256 = await sumOf(file)
    const modifiedAt = new Date(file.lastModified).toISOString()
    const body = { filename: file.name, contentType: mediaTypeOf(file.type), size: file.size, modifiedAt, ...(sha256 ? { sha256 } : {}) }
    return api.any<AttachmentCreated>('POST', '/attachments', { body })
  }

  /** What has arrived is kept where it is of these very bytes. An upload that is over begins anew. */
  async function takeUp(upload: Upload, errand: Errand, id: string): Promise<void> {
    upload.state = 'comparing'
    const resumed = await api.post('/attachments/{id}/resume', undefined, { params: { id } }).catch((error: unknown) => {
      if (![404, 409].includes(problemOf(error).status)) throw error
      return null
    })
    const { created: before, etags: known } = errand
    if (!resumed) {
      // All of it was sent, and its completion was what broke off: asked again, it has the same answer.
      const isWhole = before?.upload.parts?.length === known.size
      Object.assign(errand, isWhole ? { resumes: null } : { resumes: null, created: null, etags: new Map() })
      return
    }
    const etags = new Map<number, string>()
    for (const piece of piecesOf(resumed.upload, upload.size)) {
      const arrived = resumed.received.find(({ number }) => number === piece.number)
      if (!arrived) continue
      const isKnown = known.get(piece.number)?.replaceAll('"', '') === arrived.etag
      if (isKnown || md5Of(await bytesOf(errand.file, piece)) === arrived.etag) etags.set(piece.number, arrived.etag)
      if (isCancelled(upload.key)) return
      upload.sent = bytesDone(resumed.upload, upload.size, etags)
    }
    Object.assign(errand, { resumes: null, created: resumed, etags })
  }

  async function readUnfinished(): Promise<void> {
    const { items } = await api.get('/attachments', { query: { state: 'uploading', limit: 50 } })
    const ours = new Set([...errands.values()].flatMap(({ created, resumes }) => [created?.id, resumes]))
    unfinished.value = items.filter(({ id, createdBy }) => createdBy === operator.value?.name && !ours.has(id))
  }

  async function giveUp(id: string): Promise<void> {
    await api.delete('/attachments/{id}', { params: { id } }, { reason: texts.giveUpReason })
    await readUnfinished()
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
    if (upload && ['waiting', 'comparing', 'sending'].includes(upload.state)) upload.state = 'cancelled'
    errands.get(key)?.request?.abort()
  }

  function retry(key: number): void {
    const upload = find(key)
    const errand = errands.get(key)
    if (!upload || !errand) return
    // What was rejected or is over is announced anew; what broke off goes on.
    if (upload.attachment) Object.assign(errand, { created: null, etags: new Map() })
    else if (errand.created?.upload.parts) errand.resumes = errand.created.id
    Object.assign(upload, { state: 'waiting', problem: null, attachment: null, sent: 0 })
    running = running.then(() => run(key))
  }

  function remove(key: number): void {
    cancel(key)
    errands.delete(key)
    uploads.value = uploads.value.filter((upload) => upload.key !== key)
    void readUnfinished().catch(() => {})
  }

  // What cannot be read is not offered; the page says by itself that the API is away.
  onMounted(() => void readUnfinished().catch(() => {}))

  onScopeDispose(() => {
    for (const errand of errands.values()) errand.request?.abort()
  })
  return { uploads, unfinished, add, goOn, giveUp, cancel, retry, remove }
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

const bytesOf = async (file: File, { from, to }: UploadPiece): Promise<Uint8Array> =>
  new Uint8Array(await file.slice(from, to).arrayBuffer())

async function sumOf(file: File): Promise<string | null> {
  if (file.size > hashedBytes || !globalThis.crypto?.subtle) return null
  const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function sentenceOf(error: unknown): string {
  const problem = problemOf(error)
  return [problem.detail || problem.title, ...problem.errors.map(({ path, message }) => `${path} ${message}`)].join(' ')
}
