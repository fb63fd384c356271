import { once } from 'node:events'
import type { H3Event } from 'h3'

export interface OutgoingFile {
  contentType: string
  /** Of our own making: no quotes in it. */
  filename: string
  chunks: AsyncGenerator<string>
}

/**
 * Answers with a file that is written as it is read, no faster than the client takes it. What fails before the first byte becomes
 * a problem as usual; what fails later cuts the connection, so that half a file is never taken for a whole one.
 */
export async function sendFile(event: H3Event, file: OutgoingFile, signal: AbortSignal): Promise<void> {
  const { req, res } = event.node
  const first = await file.chunks.next()
  res.writeHead(200, { 'content-type': file.contentType, 'content-disposition': `attachment; filename="${file.filename}"` })
  if (event.context.head === true || req.method === 'HEAD') {
    await file.chunks.return(undefined)
    res.end()
    return
  }
  try {
    if (!first.done) res.write(first.value)
    for await (const chunk of file.chunks) {
      if (signal.aborted) return
      if (!res.write(chunk)) await once(res, 'drain', { signal })
    }
    res.end()
  } catch (error) {
    res.destroy()
    if (!signal.aborted) throw error
  }
}
