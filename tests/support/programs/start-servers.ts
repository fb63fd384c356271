// Starts embedded servers in the folder given and says so: to be killed by a test.
import { startEmbeddedPostgres } from '../../../tools/launcher/embedded-postgres.ts'
import { startEmbeddedRedis } from '../../../tools/launcher/embedded-redis.ts'

const dataFolder = process.argv[2]!
const postgres = await startEmbeddedPostgres({ dataFolder })
const redis = await startEmbeddedRedis({ dataFolder })
console.log(JSON.stringify({ postgres: { pid: postgres.pid, port: postgres.port }, redis: { pid: redis.pid, port: redis.port } }))
