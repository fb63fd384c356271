// Uploads may take longer than the time that any other request is given to arrive. They have limits of their own: silence ends them
// (platform/object-store), and so does the end of their link.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

const uploading = new WeakSet<Socket>()

/** This request may go on past `requestTimeout`; call the result when it has been read. */
export function takesItsTime(req: IncomingMessage): () => void {
  const { socket } = req
  uploading.add(socket)
  return () => uploading.delete(socket)
}

/** For the server's `clientError`: true when the timeout is none. */
export function isLongUpload(error: NodeJS.ErrnoException, socket: Socket): boolean {
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && uploading.has(socket)
}
