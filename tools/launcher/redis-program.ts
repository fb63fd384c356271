// No npm package carries a Redis server.
import { findDebianProgram, installAdvice, type ServerProgram } from './debian-program.ts'

/** Finds a Redis server, downloading one where that is possible without root. `say` gets progress lines. */
export function findRedisProgram(options: { cache: string | undefined; say: (line: string) => void }): Promise<ServerProgram> {
  return findDebianProgram(
    {
      name: 'Redis',
      program: 'redis-server',
      packages: ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'],
      unpackedPath: 'usr/bin/redis-server',
      versionFlag: '--version',
      missingMessage: () =>
        `Redis is needed and was not found. Install it with: ${installAdvice({ brew: 'redis', apt: 'redis-server', dnf: 'redis (or valkey)', apk: 'redis', pacman: 'redis' })}\nOr set REDIS_URL to a Redis that does not evict (maxmemory-policy noeviction).`,
    },
    options,
  )
}
