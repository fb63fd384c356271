import { createServer } from 'node:http'
import { toNodeListener } from 'h3'
import { useNitroApp } from 'nitropack/runtime'
const app = useNitroApp()
const server = createServer(toNodeListener(app.h3App))
server.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1', reusePort: true }, () => console.log('listening'))
process.on('SIGTERM', async () => { server.close(); await app.hooks.callHook('close'); })
