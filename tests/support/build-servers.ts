// Global setup of the project `servers`: nothing in it may wait for a build of minutes, and none is left out when there is no server.
import { findGoProgram } from '../../tools/launcher/go-program.ts'
import { minioProgram } from '../../tools/launcher/embedded-minio.ts'
import { weaviateProgram } from '../../tools/launcher/embedded-weaviate.ts'

export default async function setup(): Promise<void> {
  const options = { cache: process.env.SIGNALBOX_CACHE, say: console.log }
  await findGoProgram(minioProgram, options)
  await findGoProgram(weaviateProgram, options)
}
