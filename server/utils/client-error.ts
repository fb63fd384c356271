// What Node refuses before there is a request: not HTTP, headers too large, too slow. Answered like everything else.
import type { Socket } from 'node:net'
import { isLongUpload } from './long-uploads.ts'
import { newUuid } from '#shared/ids.ts'

interface Refusal {
  status: number
  phrase: string
  detail: string
}

const refusals: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: { status: 431, phrase: 'Request Header Fields Too Large', detail: 'The headers may have at most 16 KB.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, phrase: 'Request Timeout', detail: 'The request took too long to arrive.' },
}
const unreadable: Refusal = { status: 400, phrase: 'Bad Request', detail: 'This is not an HTTP request.' }

/** For `server.on('clientError')`: a problem, then the end of the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (isLongUpload(error, socket)) return
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, phrase, detail } = refusals[error.code ?? ''] ?? unreadable
  const requestId = newUuid()
  const body = JSON.stringify({
    type: 'https://signalbox.dev/problems/bad-request',
    title: phrase,
    status,
    detail,
    instance: '/',
    requestId,
  })
  socket.end(
    [
      `HTTP/1.1 ${status} ${phrase}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'x-content-type-options: nosniff',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
