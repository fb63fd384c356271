// Bodies are read as bytes with a cap, before anything parses them (h3's readBody has neither cap nor checks).
import type { IncomingMessage } from 'node:http'
import { parseJsonBytes } from '#platform/json/parse-json.ts'
import { Fault } from '#shared/fault.ts'
import { hasBody } from './request.ts'

export const bodyLimitDefaultBytes = 1024 * 1024
export const batchBodyLimitBytes = 5 * 1024 * 1024

const contentType = /^([a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+)\s*(;.*)?$/i
const charset = /;\s*charset\s*=\s*"?([^";\s]*)"?/i

/**
 * The media type of a body, lower-case and without parameters. Throws Fault 'unsupported-media-type' when it is missing, not in
 * `allowed`, has a charset that is not UTF-8, or the body is compressed.
 */
export function checkMediaType(req: IncomingMessage, allowed: readonly string[] = ['application/json']): string {
  const header = req.headers['content-type']
  const wanted = allowed.join(' or ')
  if (header === undefined) throw new Fault('unsupported-media-type', `Content-Type is missing: send ${wanted}.`)
  // The usual ones without a regular expression.
  if (allowed.includes(header)) {
    checkEncoding(req)
    return header
  }
  const match = contentType.exec(header.trim())
  const mediaType = match?.[1]?.toLowerCase()
  if (!mediaType || !allowed.includes(mediaType)) throw new Fault('unsupported-media-type', `This takes ${wanted}.`)
  const set = charset.exec(match?.[2] ?? '')?.[1]?.toLowerCase()
  if (set !== undefined && set !== 'utf-8' && set !== 'utf8') throw new Fault('unsupported-media-type', 'The charset must be UTF-8.')
  checkEncoding(req)
  return mediaType
}

function checkEncoding(req: IncomingMessage): void {
  const encoding = req.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw new Fault('unsupported-media-type', 'Compressed bodies are not taken.')
}

/**
 * The whole body as bytes. Throws Fault 'payload-too-large' as soon as it is known to be larger than `maxBytes` (from
 * Content-Length before reading anything), 'bad-request' when the client went away in the middle.
 */
export function readBodyBytes(req: IncomingMessage, maxBytes = bodyLimitDefaultBytes): Promise<Buffer> {
  const announced = req.headers['content-length']
  if (announced !== undefined && Number(announced) > maxBytes) return Promise.reject(tooLarge(maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const done = (): void => {
      req.off('data', onData)
      req.off('end', onEnd)
      req.off('error', onBroken)
      req.off('close', onBroken)
    }
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size > maxBytes) {
        done()
        req.pause()
        reject(tooLarge(maxBytes))
        return
      }
      chunks.push(chunk)
    }
    const onEnd = (): void => {
      done()
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size))
    }
    const onBroken = (): void => {
      done()
      reject(new Fault('bad-request', 'The connection ended before the body was complete.'))
    }
    if (req.destroyed && !req.complete) {
      onBroken()
      return
    }
    req.on('data', onData)
    req.on('end', onEnd)
    req.on('error', onBroken)
    req.on('close', onBroken)
  })
}

function tooLarge(maxBytes: number): Fault {
  return new Fault('payload-too-large', `The body may have at most ${maxBytes} bytes.`)
}

/** Media type, cap, encoding, JSON and its dangers, in this order. `optional`: no body stands for {}. */
export async function readJson(
  req: IncomingMessage,
  options: { maxBytes?: number; mediaTypes?: readonly string[]; optional?: boolean } = {},
): Promise<unknown> {
  if (options.optional && !hasBody(req)) return {}
  checkMediaType(req, options.mediaTypes)
  const bytes = await readBodyBytes(req, options.maxBytes)
  if (options.optional && bytes.length === 0) return {}
  return parseJsonBytes(bytes)
}
