// Before anything else, static files too: the request's id and the headers of every answer. Pages get their policy when rendered.
import { config } from '#platform/config/index.ts'
import { securePage } from '../utils/content-security.ts'
import { beginRequest } from '../utils/request.ts'

export default defineNitroPlugin((nitro) => {
  nitro.hooks.hook('request', (event) => {
    beginRequest(event.node.req, event.node.res)
  })
  // Vite's dev server works with inline scripts and a socket of its own.
  if (import.meta.dev) return
  const { S3_ENDPOINT, S3_PUBLIC_ENDPOINT = S3_ENDPOINT } = config()
  const uploadOrigin = S3_PUBLIC_ENDPOINT === undefined ? undefined : new URL(S3_PUBLIC_ENDPOINT).origin
  nitro.hooks.hook('render:response', (response) => {
    const page = securePage(typeof response.body === 'string' ? response.body : '', { uploadOrigin })
    const { 'x-powered-by': _, ...headers } = response.headers ?? {}
    response.body = page.html
    response.headers = { ...headers, ...page.headers }
  })
})
