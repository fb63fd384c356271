// The real handlers of server/ behind a plain h3 app on a free port: what Nitro does, without building.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp as createH3App, createRouter, toNodeListener, type RouterMethod } from 'h3'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import { responsesOf } from '#shared/contracts/operations/operation.ts'
import begin from '../../server/middleware/00.begin.ts'
import { provideApp, type App } from '../../server/utils/app.ts'
import { checkReplies } from '../../server/utils/define-operation.ts'
import type { Reply } from '../../server/utils/request.ts'
import { loadFileRoutes } from './file-routes.ts'

export interface HttpHarness {
  /** http://127.0.0.1:PORT */
  url: string
  port: number
  close(): Promise<void>
}

/** Serves file routes over `app`. Replies that their operation does not declare become 500s. */
export async function serveRoutes(app: App | undefined, wanted?: (file: string) => boolean): Promise<HttpHarness> {
  provideApp(app)
  checkReplies(refuseUndeclared)
  const h3 = createH3App()
  h3.use(begin)
  const router = createRouter({ preemptive: true })
  for (const route of await loadFileRoutes(wanted))
    router.use(route.path, route.handler, route.method?.toLowerCase() as RouterMethod | undefined)
  h3.use(router)
  const server = createServer(toNodeListener(h3))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, close: () => stop(server) }
}

async function stop(server: Server): Promise<void> {
  provideApp(undefined)
  checkReplies(undefined)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** Throws when a reply is not what the operation says: its status, and its body by the declared schema. */
export function refuseUndeclared(op: Operation, reply: Reply): void {
  const declared = responsesOf(op)[reply.status]
  if (!declared) throw new Error(`${op.operationId} answered ${reply.status}, which it does not declare`)
  if (!declared.schema || typeof reply.body === 'string' || Buffer.isBuffer(reply.body)) return
  const result = declared.schema.safeParse(JSON.parse(JSON.stringify(reply.body ?? null)))
  if (!result.success) throw new Error(`${op.operationId} answered what its contract does not know: ${result.error.message}`)
}
