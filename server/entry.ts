// The API process' entry: the app is open before the port is, several processes share one port, and a stop cuts no request.
import { createServer, type RequestListener } from 'node:http'
import { toNodeListener } from 'h3'
import { useNitroApp } from 'nitropack/runtime'
import { config } from '#platform/config/index.ts'
import { runMain } from '#platform/lifecycle/run-main.ts'
import { endEventStreams } from '#platform/sse/index.ts'
import { captureConsole } from '#platform/telemetry/capture-console.ts'
import acceptEvent from './api/v1/events/index.post.ts'
import acceptEvents from './api/v1/events/batch.post.ts'
import type { AcceptRoute } from './utils/accept-route.ts'
import { openApp } from './utils/app.ts'
import { answerClientError } from './utils/client-error.ts'

/** In flight when the stop comes: given this long, then the process ends anyway. */
const drainMs = 20_000

/** What is asked for most goes to its handler without the framework; the same handlers stand in its routes. */
const direct: Record<string, AcceptRoute> = { '/api/v1/events': acceptEvent, '/api/v1/events/batch': acceptEvents }

function acceptFirst(others: RequestListener): RequestListener {
  return (req, res) => {
    const route = req.method === 'POST' ? direct[req.url as string] : undefined
    if (route) void route.answer(req, res)
    else others(req, res)
  }
}

async function main(): Promise<void> {
  const settings = config()
  const nitro = useNitroApp()
  const app = await openApp()
  const { log } = app.platform
  captureConsole(log)

  const server = createServer(
    {
      // A request that dribbles is cut: headers within 10 s, the whole of it within 30 s.
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: 16 * 1_024,
    },
    acceptFirst(toNodeListener(nitro.h3App)),
  )
  server.on('clientError', answerClientError)
  server.on('error', (error: NodeJS.ErrnoException) => {
    const place = `${settings.HOST}:${settings.PORT}`
    log.fatal(
      error.code === 'EADDRINUSE'
        ? `The address ${place} is taken by another program: stop it, or set PORT`
        : `Cannot listen on ${place}: ${error.message}`,
    )
    process.exit(1)
  })
  // Several API processes on one port, where the kernel can share it (Linux).
  server.listen({ port: settings.PORT, host: settings.HOST, reusePort: process.platform === 'linux' }, () => {
    log.info({ port: settings.PORT, host: settings.HOST }, 'API is ready')
  })

  let stopping = false
  const stop = (signal: string): void => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'API is stopping')
    setTimeout(() => process.exit(1), drainMs).unref()
    // Streams never end by themselves; requests do.
    endEventStreams()
    server.close(() => {
      nitro.hooks.callHook('close').then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
    server.closeIdleConnections()
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
}

runMain(main)
