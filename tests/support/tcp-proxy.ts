// A line to a server that a test can cut or hold at the socket, after so many bytes: nothing about it depends on time.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** Bytes that clients have sent through it so far. */
  sent(): number
  /** When clients have sent so many bytes more, every connection is cut, and none is taken until `mend`. */
  cutAfter(bytes: number): void
  /** When clients have sent so many bytes more, nothing of what they send is taken until `mend`. */
  holdAfter(bytes: number): void
  /**
   * When clients have sent so many bytes more, the next answer to one that has sent a megabyte of them is lost: every connection is cut
   * instead, and none is taken until `mend`.
   */
  loseAnswerAfter(bytes: number): void
  /** True from the cut or hold to `mend`. */
  isBroken(): boolean
  mend(): void
  close(): Promise<void>
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; server: Socket; sent: number }>()
  let sent = 0
  let loseAt = Infinity
  let limit = { at: Infinity, then: 'cut' as 'cut' | 'hold' }
  let broken: 'cut' | 'hold' | undefined

  function breakOff(how: 'cut' | 'hold'): void {
    broken = how
    limit = { at: Infinity, then: 'cut' }
    loseAt = Infinity
    for (const { client, server } of pairs) {
      if (how === 'hold') client.pause()
      else {
        client.resetAndDestroy()
        server.resetAndDestroy()
      }
    }
  }

  const proxy = createServer((client) => {
    if (broken === 'cut') {
      client.resetAndDestroy()
      return
    }
    const server = connect(target)
    const pair = { client, server, sent: 0 }
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) socket.on('error', end).on('close', end)
    client.on('data', (chunk: Buffer) => {
      sent += chunk.length
      pair.sent += chunk.length
      if (!server.write(chunk)) client.pause()
      if (sent >= limit.at) breakOff(limit.then)
    })
    server.on('drain', () => {
      if (broken !== 'hold') client.resume()
    })
    server.on('data', (chunk: Buffer) => {
      if (sent >= loseAt && pair.sent >= 1024 * 1024) breakOff('cut')
      else if (!client.write(chunk)) server.pause()
    })
    client.on('drain', () => server.resume())
    server.on('end', () => client.end())
    if (broken === 'hold') client.pause()
  })

  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    port: (proxy.address() as AddressInfo).port,
    sent: () => sent,
    cutAfter: (bytes) => void (limit = { at: sent + bytes, then: 'cut' }),
    holdAfter: (bytes) => void (limit = { at: sent + bytes, then: 'hold' }),
    loseAnswerAfter(bytes) {
      for (const pair of pairs) pair.sent = 0
      loseAt = sent + bytes
    },
    isBroken: () => broken !== undefined,
    mend() {
      broken = undefined
      for (const { client } of pairs) client.resume()
    },
    async close() {
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
