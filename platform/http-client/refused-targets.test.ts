import { describe, expect, it } from 'vitest'
import { client, ok, receiver } from '../../tests/support/http-receivers.ts'

describe('targets that are refused', () => {
  const refused = { kind: 'error', code: 'refused-target', bytesMayHaveLeft: false }

  it('a literal address that is not public, before anything is dialled', async () => {
    const { port, connections } = await receiver(ok)
    const http = client(port + 1)
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      expect(await http.request({ url: `http://${host}:${port}/`, headers: [], body: 'x' })).toMatchObject(refused)
    }
    expect(connections()).toBe(0)
  })

  it.each([
    [['127.0.0.1']],
    [['93.184.216.34', '10.0.0.1']],
    [['93.184.216.34', '::ffff:127.0.0.1']],
    [['169.254.169.254']],
    [['64:ff9b::a00:1']],
    [['fe80::1%eth0']],
    [['junk']],
  ])('a name that leads to %j', async (answers) => {
    const result = await client(1, { resolve: async () => answers }).request({ url: 'http://hook.test:8080/', headers: [], body: 'x' })
    expect(result).toMatchObject(refused)
    // Whoever named the target does not learn what lies inside.
    if (result.kind === 'error') for (const address of answers) expect(result.message).not.toContain(address)
  })

  it('a name that leads inside between the check and the dial', async () => {
    const { port, connections } = await receiver(ok)
    const answers = [['127.0.0.1'], ['10.0.0.1']]
    const result = await client(port, { resolve: async () => answers.shift() ?? [], resolvedForMs: 0 }).request({
      url: `http://hook.test:${port}/`,
      headers: [],
      body: 'x',
    })
    expect(result).toMatchObject(refused)
    expect(connections()).toBe(0)
  })

  it('a name that leads inside later, although a connection is still open', async () => {
    const { port, seen } = await receiver(ok)
    let answer = ['127.0.0.1']
    const http = client(port, { resolve: async () => answer, resolvedForMs: 0 })
    const call = { url: `http://hook.test:${port}/`, headers: [], body: 'x' }
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
    answer = ['10.0.0.1']
    expect(await http.request(call)).toMatchObject(refused)
    expect(seen).toHaveLength(1)
  })

  it('a redirect is an answer, not a way', async () => {
    const { port, seen } = await receiver(
      (request, response) => void response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a' }).end(),
    )
    expect(await client(port).request({ url: `http://127.0.0.1:${port}/a`, headers: [], body: 'x' })).toMatchObject({
      kind: 'response',
      statusCode: 302,
    })
    expect(seen).toHaveLength(1)
  })
})

describe('resolution', () => {
  it('asks once for calls at the same time, and again when the answer has aged', async () => {
    const { port } = await receiver(ok)
    let asked = 0
    const http = client(port, {
      resolve: async () => {
        asked++
        return ['127.0.0.1']
      },
      resolvedForMs: 60_000,
    })
    const call = { url: `http://hook.test:${port}/`, headers: [], body: 'x' }
    await Promise.all([http.request(call), http.request(call), http.request(call)])
    await http.request(call)
    expect(asked).toBe(1)
  })

  it('does not remember a failure', async () => {
    const { port } = await receiver(ok)
    let fails = true
    const http = client(port, {
      resolve: async () => {
        if (fails) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' })
        return ['127.0.0.1']
      },
    })
    const call = { url: `http://hook.test:${port}/`, headers: [], body: 'x' }
    expect(await http.request(call)).toMatchObject({ kind: 'error', code: 'dns', bytesMayHaveLeft: false })
    fails = false
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
  })

  it('that fails or hangs does not stop a name that was good a moment ago, until it leads inside', async () => {
    const { port } = await receiver(ok)
    let resolve: () => Promise<string[]> = async () => ['127.0.0.1']
    const http = client(port, { resolve: () => resolve(), resolvedForMs: 0 })
    const call = { url: `http://hook.test:${port}/`, headers: [], body: 'x' }
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
    resolve = () => Promise.reject(new Error('SERVFAIL'))
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
    let answer: (addresses: string[]) => void = () => {}
    resolve = () => new Promise((resolved) => (answer = resolved))
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
    answer(['10.0.0.1'])
    resolve = () => Promise.reject(new Error('SERVFAIL'))
    await expect.poll(() => http.request(call)).toMatchObject({ code: 'dns' })
  })

  it('counts towards the deadline', async () => {
    const http = client(1, { resolve: () => new Promise(() => {}), deadlineMs: 80 })
    expect(await http.request({ url: 'http://hook.test/', headers: [], body: 'x' })).toMatchObject({
      code: 'timeout',
      bytesMayHaveLeft: false,
    })
  })

  it('tries the next checked address when one does not answer', async () => {
    const { port, seen } = await receiver(ok)
    // Nobody listens on 127.0.0.2 at this port.
    const http = client(port, { resolve: async () => ['127.0.0.2', '127.0.0.1'] })
    expect(await http.request({ url: `http://hook.test:${port}/`, headers: [], body: 'x' })).toMatchObject({ statusCode: 200 })
    expect(seen).toHaveLength(1)
  })
})
