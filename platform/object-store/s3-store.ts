// Any S3, by the minio client: MinIO, AWS, Ceph, Garage, SeaweedFS. Uploads are presigned POSTs with the exact key, type and size;
// large files presigned parts. The client library is loaded at the first use: most processes never ask for a file.
import { PassThrough, type Readable } from 'node:stream'
import type { Client, LifecycleConfig } from 'minio'
import type { Log } from '#platform/telemetry/log.ts'
import { ObjectStoreError, type ObjectStore } from './object-store.ts'

export interface S3Settings {
  /** http(s)://host:port, as this process reaches it. */
  endpoint: string
  /** The same store as clients reach it; signed URLs name it. */
  publicEndpoint: string
  accessKey: string
  secretKey: string
  bucket: string
  region: string
}

/** Uploads are short: what began longer ago is abandoned. */
const abandonedDays = 2
/** A question about an object. Bytes have no deadline of their own: whoever reads them has one. */
const answerMs = 8_000

/** Uploads land below this; `move` takes them away when they are complete, and a lifecycle rule removes what stays. */
const incomingPrefix = 'incoming/'

/** Protected in the client's types only: it is what its own uploads in parts go on by. */
interface WithParts {
  listParts(bucket: string, key: string, uploadId: string): Promise<{ part: number; size: number; etag: string }[]>
}

export function createS3Store(settings: S3Settings, log?: Log): ObjectStore {
  const { bucket } = settings
  let clients: Promise<{ inner: Client; outer: Client }> | undefined
  let ready: Promise<void> | undefined

  async function open(): Promise<{ inner: Client; outer: Client }> {
    const minio = await import('minio')
    const clientOf = (endpoint: string): Client => {
      const url = new URL(endpoint)
      return new minio.Client({
        endPoint: url.hostname,
        ...(url.port ? { port: Number(url.port) } : {}),
        useSSL: url.protocol === 'https:',
        accessKey: settings.accessKey,
        secretKey: settings.secretKey,
        // With the region named, signing asks nobody.
        region: settings.region,
        retryOptions: { disableRetry: true },
      })
    }
    return { inner: clientOf(settings.endpoint), outer: clientOf(settings.publicEndpoint) }
  }

  const both = (): Promise<{ inner: Client; outer: Client }> => (clients ??= open())

  /** The bucket is there, with its rule; made at the first write, so that signing and reading never wait for it. */
  async function prepare(client: Client): Promise<void> {
    ready ??= setUp(client).catch((error: unknown) => {
      ready = undefined
      throw error
    })
    return ready
  }

  async function setUp(client: Client): Promise<void> {
    if (!(await client.bucketExists(bucket))) {
      await client.makeBucket(bucket, settings.region).catch((error: { code?: string }) => {
        // Another process was faster.
        if (error.code !== 'BucketAlreadyOwnedByYou' && error.code !== 'BucketAlreadyExists') throw error
      })
    }
    const rule = {
      ID: 'signalbox-abandoned-uploads',
      Status: 'Enabled',
      Filter: { Prefix: incomingPrefix },
      Expiration: { Days: abandonedDays },
    }
    const parts = {
      ID: 'signalbox-abandoned-parts',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: abandonedDays },
    }
    const setRules = (rules: object[]): Promise<void> => client.setBucketLifecycle(bucket, { Rule: rules } as unknown as LifecycleConfig)
    // Some stores know no rule about parts (MinIO removes stale ones by itself), some no rules at all; our own collector looks as well.
    await setRules([rule, parts])
      .catch(() => setRules([rule]))
      .catch((error: Error) =>
        log?.warn({ error: error.message, bucket }, 'the bucket takes no lifecycle rule; abandoned uploads are collected by us'),
      )
  }

  async function ask<T>(work: (client: Client, outer: Client) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new ObjectStoreError('unavailable', `The object store did not answer within ${answerMs / 1_000} s`)),
        answerMs,
      )
    })
    try {
      const { inner, outer } = await both()
      const asked = work(inner, outer)
      asked.catch(() => {})
      return await Promise.race([asked, late])
    } catch (error) {
      throw inWordsOfThePort(error)
    } finally {
      clearTimeout(timer)
    }
  }

  const secondsUntil = (moment: Date): number => Math.max(1, Math.round((moment.getTime() - Date.now()) / 1_000))

  const store: ObjectStore = {
    kind: 's3',
    publicOrigin: new URL(settings.publicEndpoint).origin,
    signUpload: ({ key, contentType, size, expiresAt }) =>
      ask(async (inner, outer) => {
        await prepare(inner)
        const policy = outer.newPostPolicy()
        policy.setBucket(bucket)
        policy.setKey(key)
        policy.setContentType(contentType)
        policy.setContentLengthRange(size, size)
        policy.setExpires(expiresAt)
        const { postURL, formData } = await outer.presignedPostPolicy(policy)
        return { url: postURL, method: 'POST', fields: formData as Record<string, string> }
      }),
    startParts: (key, contentType) =>
      ask(async (inner) => {
        await prepare(inner)
        return inner.initiateNewMultipartUpload(bucket, key, { 'content-type': contentType })
      }),
    signPart: ({ key, uploadId, number, expiresAt }) =>
      ask((_, outer) => outer.presignedUrl('PUT', bucket, key, secondsUntil(expiresAt), { partNumber: String(number), uploadId })),
    async listParts(key, uploadId) {
      const parts = await ask((inner) => (inner as unknown as WithParts).listParts(bucket, key, uploadId))
      return parts.map(({ part, size, etag }) => ({ number: part, size, etag }))
    },
    async *listUploads(prefix) {
      let after = { nextKeyMarker: '', nextUploadIdMarker: '', isTruncated: true }
      while (after.isTruncated) {
        const page = await ask((inner) =>
          inner.listIncompleteUploadsQuery(bucket, prefix, after.nextKeyMarker, after.nextUploadIdMarker, ''),
        ).catch(unlessMissing)
        if (!page) return
        for (const { key, uploadId, initiated } of page.uploads) yield { key, uploadId, startedAt: new Date(initiated) }
        after = page
      }
    },
    async completeParts(key, uploadId, parts) {
      const etags = [...parts]
        .sort((a, b) => a.number - b.number)
        .map(({ number, etag }) => ({ part: number, etag: etag.replaceAll('"', '') }))
      await ask((inner) => inner.completeMultipartUpload(bucket, key, uploadId, etags))
    },
    async abortParts(key, uploadId) {
      await ask((inner) => inner.abortMultipartUpload(bucket, key, uploadId)).catch(unlessMissing)
    },
    signDownload: ({ key, contentType, disposition, expiresAt }) =>
      ask((_, outer) =>
        outer.presignedUrl('GET', bucket, key, secondsUntil(expiresAt), {
          'response-content-type': contentType,
          'response-content-disposition': disposition,
        }),
      ),
    async find(key) {
      const facts = await ask((inner) => inner.statObject(bucket, key)).catch(unlessMissing)
      return facts ? { key, size: facts.size, modifiedAt: facts.lastModified } : null
    },
    async read(key) {
      const source = await ask((inner) => inner.getObject(bucket, key))
      return inWords(source)
    },
    async write(key, bytes, contentType) {
      await ask(async (inner) => {
        await prepare(inner)
        await inner.putObject(bucket, key, Buffer.from(bytes), bytes.length, { 'content-type': contentType })
      })
    },
    async move(from, to) {
      const copied = await ask((inner) => inner.copyObject(bucket, to, `/${bucket}/${from}`)).catch(unlessMissing)
      if (copied === null) {
        if (!(await store.find(to))) throw new ObjectStoreError('missing', 'There is no such object')
        return
      }
      await store.remove(from)
    },
    async remove(key) {
      await ask((inner) => inner.removeObject(bucket, key)).catch(unlessMissing)
    },
    async *list(prefix) {
      const { inner } = await both()
      try {
        for await (const item of inner.listObjectsV2(bucket, prefix, true) as AsyncIterable<{
          name?: string
          size: number
          lastModified: Date
        }>)
          if (item.name) yield { key: item.name, size: item.size, modifiedAt: item.lastModified }
      } catch (error) {
        const trouble = inWordsOfThePort(error)
        if (trouble.trouble !== 'missing') throw trouble
      }
    },
    check: () => ask((inner) => prepare(inner)),
    close: () => Promise.resolve(),
  }
  return store
}

/** A stream whose errors are the port's; nothing is read ahead of its reader. */
function inWords(source: Readable): Readable {
  const target = new PassThrough()
  source.once('error', (error) => target.destroy(inWordsOfThePort(error)))
  // A connection that is cut says so by its end only: half an object must not look like a whole one.
  source.once('close', () => {
    if (!source.readableEnded) target.destroy(new ObjectStoreError('unavailable', 'The object store closed the connection'))
  })
  target.once('close', () => source.destroy())
  return source.pipe(target)
}

const missing = new Set(['NoSuchKey', 'NotFound', 'NoSuchUpload', 'NoSuchBucket', 'NoSuchVersion'])
const refused = new Set([
  'InvalidPart',
  'InvalidPartOrder',
  'EntityTooSmall',
  'EntityTooLarge',
  'InvalidArgument',
  'InvalidRequest',
  'MalformedXML',
])

function inWordsOfThePort(error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  if (missing.has(code)) return new ObjectStoreError('missing', 'There is no such object', error)
  if (refused.has(code)) return new ObjectStoreError('refused', `The object store says ${code}: ${message}`, error)
  return new ObjectStoreError('unavailable', `The object store says ${code ? `${code}: ` : ''}${message}`.slice(0, 300), error)
}

function unlessMissing(error: unknown): null {
  if (error instanceof ObjectStoreError && error.trouble === 'missing') return null
  throw error
}
