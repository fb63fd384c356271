// What undici does on this machine with nothing around it: http-calls.ts PORT CALLS posts 500 bytes that often, 256 at a time.
import { Pool } from 'undici'

const [port, calls] = process.argv.slice(2).map(Number) as [number, number]
const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64, pipelining: 1 })
const startedAt = performance.now()
let next = 0

async function callAfterCall(): Promise<void> {
  while (next < calls) {
    // Its own id for each, as the receiver counts what came twice.
    const headers = { 'content-type': 'application/json', 'webhook-id': `bare_${process.pid}_${next}` }
    const body = JSON.stringify({ type: 'bench', data: { sequence: next++, sentAtUs: 0, filler: 'x'.repeat(440) } })
    const answer = await pool.request({ method: 'POST', path: '/hook', headers, body })
    await answer.body.dump()
  }
}
await Promise.all(Array.from({ length: 256 }, callAfterCall))
process.send!({ perSecond: (calls / (performance.now() - startedAt)) * 1_000 })
await pool.close()
process.disconnect()
