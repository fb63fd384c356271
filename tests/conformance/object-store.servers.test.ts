import { createS3Store } from '#platform/object-store/index.ts'
import { startMinio } from '../support/real-servers.ts'
import { holdObjectStore } from './object-store.ts'

holdObjectStore('MinIO', async () => {
  const minio = await startMinio()
  const { endpoint, accessKey, secretKey } = minio
  const store = createS3Store({ endpoint, publicEndpoint: endpoint, accessKey, secretKey, bucket: 'conformance', region: 'us-east-1' })
  return { store, origin: '', close: () => minio.stop() }
})
