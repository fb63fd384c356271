import { getDocs } from '#shared/contracts/operations/system.ts'
import { openApiDocument } from '../openapi/index.ts'
import { renderReference } from '../openapi/render-reference.ts'
import { securePage } from '../utils/content-security.ts'
import { defineOperation } from '../utils/define-operation.ts'

const saneHost = /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$|^\[[0-9a-f:]{2,39}\](:\d{1,5})?$/i
const placeholder = 'http://localhost:3000'
let page: string | undefined

export default defineOperation(getDocs, ({ event }) => {
  // The calls to copy name the host that this page was asked from, when that is one.
  const { host = '' } = event.node.req.headers
  const scheme = event.node.req.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
  page ??= renderReference(openApiDocument(), placeholder)
  const { html, headers } = securePage(saneHost.test(host) ? page.replaceAll(placeholder, `${scheme}://${host}`) : page)
  return { status: 200, body: html, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' } }
})
