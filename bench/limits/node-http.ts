// What Node's own server can do on this machine: read a JSON body, answer a short JSON. Nothing is kept.
import { createServer } from 'node:http'
import { reportPort } from './report-port.ts'

const server = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { type: string }
    const text = `{"id":"evt_0","status":"accepted","type":"${body.type}"}`
    res.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    res.end(text)
  })
})
reportPort(server)
