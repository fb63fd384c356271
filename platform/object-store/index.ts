// Where the bytes of files live: any S3 when S3_ENDPOINT is set, else a folder of this machine.
import { join, resolve } from 'node:path'
import type { Config } from '#platform/config/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { Counters } from '#platform/telemetry/counters.ts'
import { objectStoreMeasure } from '#shared/topology/measures.ts'
import { countStore } from './counted-store.ts'
import { createDiskStore, type DiskStore } from './disk-store.ts'
import type { ObjectStore } from './object-store.ts'
import { createS3Store } from './s3-store.ts'

export { createDiskStore, type DiskStore, type ServedFiles } from './disk-store.ts'
export type { DiskGrant } from './disk-grant.ts'
export { createS3Store, type S3Settings } from './s3-store.ts'
export {
  isStoreUnavailable,
  ObjectStoreError,
  type ObjectFacts,
  type ObjectStore,
  type ReceivedPart,
  type UploadTicket,
} from './object-store.ts'

/** The store that the environment names. Asks nobody and makes nothing until it is used. With `counters` the live picture has it. */
export function createObjectStore(config: Config, log?: Log, counters?: Counters): ObjectStore | DiskStore {
  const store = storeOf(config, log)
  return counters ? countStore(store, counters.place(objectStoreMeasure)) : store
}

function storeOf(config: Config, log?: Log): ObjectStore | DiskStore {
  if (config.S3_ENDPOINT) {
    return createS3Store(
      {
        endpoint: config.S3_ENDPOINT,
        publicEndpoint: config.S3_PUBLIC_ENDPOINT ?? config.S3_ENDPOINT,
        accessKey: config.S3_ACCESS_KEY ?? '',
        secretKey: config.S3_SECRET_KEY ?? '',
        bucket: config.S3_BUCKET,
        region: config.S3_REGION,
      },
      log,
    )
  }
  return createDiskStore({ folder: join(resolve(config.SIGNALBOX_DATA), 'files'), secret: config.SIGNALBOX_SECRET ?? '' })
}
