// The door to the real servers: what a killed one had acknowledged is there when it is back, and nobody gets in without a key.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMinio, startWeaviate, type RealMinio, type RealWeaviate } from '../support/real-servers.ts'

describe('MinIO', () => {
  let minio: RealMinio
  beforeAll(async () => {
    minio = await startMinio()
  })
  afterAll(() => minio?.stop())

  it('asks for its keys, and is back on the same address after a SIGKILL', async () => {
    expect((await fetch(`${minio.endpoint}/anything`)).status).toBe(403)
    const before = minio.pid()
    await minio.kill()
    await expect(fetch(minio.endpoint)).rejects.toThrow()
    await minio.restart()
    expect(minio.pid()).not.toBe(before)
    expect((await fetch(`${minio.endpoint}/minio/health/cluster`)).status).toBe(200)
  })
})

describe('Weaviate', () => {
  let weaviate: RealWeaviate
  const ask = (method: string, path: string, body?: unknown, key = weaviate.apiKey) =>
    fetch(`${weaviate.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const id = '0191f4a0-0000-7000-8000-000000000001'
  beforeAll(async () => {
    weaviate = await startWeaviate()
  })
  afterAll(() => weaviate?.stop())

  it('asks for its key', async () => {
    expect((await fetch(`${weaviate.url}/v1/schema`)).status).toBe(401)
    expect((await ask('GET', '/schema', undefined, 'wrong')).status).toBe(401)
    expect((await ask('GET', '/schema')).status).toBe(200)
  })

  it('has what it acknowledged after a SIGKILL, on the same ports', async () => {
    const made = await ask('POST', '/schema', { class: 'Kept', properties: [{ name: 'text', dataType: ['text'] }] })
    expect(made.status, await made.text()).toBe(200)
    const stored = await ask('POST', '/objects', { class: 'Kept', id, properties: { text: 'before' }, vector: [0.5, 0.5] })
    expect(stored.status, await stored.text()).toBe(200)
    await weaviate.kill()
    await weaviate.restart()
    const found = await ask('GET', `/objects/Kept/${id}`)
    expect(found.status).toBe(200)
    expect(await found.json()).toMatchObject({ properties: { text: 'before' } })
  })
})
