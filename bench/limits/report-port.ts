import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on a free port and tells it to the parent; ends when the parent does. */
export function reportPort(server: Server): void {
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }))
  process.on('disconnect', () => process.exit(0))
}
