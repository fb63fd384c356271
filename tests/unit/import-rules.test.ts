// Every import rule, seen failing: a small house in which each rule is broken once, beside neighbours that keep it.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Rule -> the import that breaks it: file, specifier, and what the rule says it leads to when that is not the specifier's end. */
const planted: Record<string, { from: string; imports: string; to: string }> = {
  'no-cycles': { from: 'services/loop/index.ts', imports: './turn.ts', to: 'services/loop/turn.ts' },
  'shared-stands-alone': { from: 'shared/reaches-up.ts', imports: '#platform/clean/index.ts', to: 'platform/clean/index.ts' },
  'shared-runs-in-browsers': { from: 'shared/reads-files.ts', imports: 'node:fs', to: 'fs' },
  'platform-knows-no-domain': { from: 'platform/reaches-up.ts', imports: '#services/clean/index.ts', to: 'services/clean/index.ts' },
  'services-know-no-caller': { from: 'services/upward/index.ts', imports: '../../server/clean.ts', to: 'server/clean.ts' },
  'server-is-http-only': { from: 'server/starts-worker.ts', imports: '../workers/clean.ts', to: 'workers/clean.ts' },
  'workers-are-no-servers': { from: 'workers/answers.ts', imports: '../server/clean.ts', to: 'server/clean.ts' },
  'tools-stay-outside': { from: 'tools/runs-inside.ts', imports: '../workers/clean.ts', to: 'workers/clean.ts' },
  'console-knows-shared-only': {
    from: 'components/queue/QueueTable.vue',
    imports: '#services/clean/index.ts',
    to: 'services/clean/index.ts',
  },
  'one-door-per-service': { from: 'services/burglar/index.ts', imports: '../clean/inside.ts', to: 'services/clean/inside.ts' },
  'one-door-from-outside': { from: 'server/burglar.ts', imports: '#services/clean/inside.ts', to: 'services/clean/inside.ts' },
  'rooms-by-name': { from: 'workers/climbs.ts', imports: '../shared/clean.ts', to: 'shared/clean.ts' },
  'sql-only-in-repositories': { from: 'services/sql/list-things.ts', imports: 'pg', to: 'node_modules/pg' },
  'generated-client-behind-postgres': {
    from: 'services/sql/things.repository.ts',
    imports: '#platform/postgres/generated/client.ts',
    to: 'platform/postgres/generated/client.ts',
  },
  'bullmq-only-in-queue': { from: 'workers/consumes.ts', imports: 'bullmq', to: 'node_modules/bullmq' },
  'redis-only-in-platform': { from: 'services/cache/index.ts', imports: 'ioredis', to: 'node_modules/ioredis' },
  'minio-only-in-object-store': { from: 'services/files/index.ts', imports: 'minio', to: 'minio' },
  'weaviate-only-in-search-index': { from: 'services/search/index.ts', imports: 'weaviate-client', to: 'weaviate-client' },
  'h3-only-in-server': { from: 'services/http/index.ts', imports: 'h3', to: 'node_modules/h3' },
  'product-has-no-test-code': { from: 'server/tested.ts', imports: '../server/clean.test.ts', to: 'server/clean.test.ts' },
  'product-has-no-dev-dependencies': { from: 'platform/developing.ts', imports: 'prettier', to: 'node_modules/prettier' },
  'imports-resolve': { from: 'workers/lost.ts', imports: './nowhere.ts', to: './nowhere.ts' },
}

/** What keeps every rule: reported = a rule is too strict. */
const clean: Record<string, string[]> = {
  'shared/clean.ts': ['zod'],
  'shared/clean.test.ts': ['node:fs'],
  'platform/clean/index.ts': ['node:fs', '#shared/clean.ts', 'undici'],
  'platform/postgres/prisma.ts': ['pg', '@prisma/client', './generated/client.ts'],
  'platform/postgres/generated/client.ts': [],
  'platform/queue/index.ts': ['bullmq', 'ioredis', '#platform/clean/index.ts'],
  'platform/object-store/index.ts': ['minio'],
  'platform/search-index/index.ts': ['weaviate-client'],
  'services/clean/index.ts': ['./inside.ts', '#platform/clean/index.ts', '#shared/clean.ts'],
  'services/clean/inside.ts': ['./things.repository.ts'],
  'services/clean/things.repository.ts': ['pg'],
  'services/neighbour/index.ts': ['../clean/index.ts', '#services/clean/index.ts'],
  'services/loop/turn.ts': ['./index.ts'],
  'server/clean.ts': ['h3', '#services/clean/index.ts', '#platform/clean/index.ts', '#shared/clean.ts'],
  'server/clean.test.ts': ['./clean.ts', 'vitest'],
  'workers/clean.ts': ['#services/clean/index.ts'],
  'tools/clean.ts': ['#services/clean/index.ts', 'prettier'],
  'pages/index.vue': ['#shared/clean.ts', 'vue'],
  'tests/integration/clean.test.ts': ['#services/clean/things.repository.ts', 'pg', 'bullmq', 'h3', '../../server/clean.ts'],
}

interface Violation {
  rule: { name: string }
  from: string
  to: string
}

let house: string
let violations: Violation[]

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'signalbox-imports-'))
  write(
    'package.json',
    JSON.stringify({
      name: 'house',
      type: 'module',
      imports: { '#shared/*': './shared/*', '#platform/*': './platform/*', '#services/*': './services/*' },
      dependencies: {
        pg: '*',
        bullmq: '*',
        ioredis: '*',
        minio: '*',
        'weaviate-client': '*',
        h3: '*',
        zod: '*',
        undici: '*',
        vue: '*',
        '@prisma/client': '*',
      },
      devDependencies: { prettier: '*', vitest: '*' },
    }),
  )
  write('tsconfig.node.json', JSON.stringify({ compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true, noEmit: true } }))
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
  const files = { ...clean, ...Object.fromEntries(Object.values(planted).map(({ from, imports }) => [from, [imports]])) }
  for (const [path, specifiers] of Object.entries(files)) writeModule(path, specifiers)
  violations = cruise()
})

afterAll(() => rmSync(house, { recursive: true, force: true }))

function write(path: string, content: string): void {
  mkdirSync(dirname(join(house, path)), { recursive: true })
  writeFileSync(join(house, path), content)
}

function writeModule(path: string, specifiers: string[]): void {
  const lines = specifiers.map((specifier, index) => `import * as _${index} from '${specifier}'\nexport const value${index} = _${index}`)
  // A type is enough to break a rule.
  const code = path.includes('sql/')
    ? `import type * as T from '${specifiers[0]}'\nexport type Anything = typeof T`
    : ['export const here = 1', ...lines].join('\n')
  write(path, path.endsWith('.vue') ? `<script lang="ts">\n${code}\n</script>\n<template><p /></template>\n` : `${code}\n`)
}

function cruise(): Violation[] {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const rooms = ['shared', 'platform', 'services', 'server', 'workers', 'tools', 'pages', 'components', 'tests']
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [program, '--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'json', ...rooms],
    {
      cwd: house,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  if (!stdout.startsWith('{')) throw new Error(stderr)
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations
}

describe('import rules', () => {
  test('are all planted here', async () => {
    const { default: config } = (await import(join(root, '.dependency-cruiser.mjs'))) as { default: { forbidden: { name: string }[] } }
    expect(config.forbidden.map((rule) => rule.name).sort()).toEqual(Object.keys(planted).sort())
  })

  test.each(Object.entries(planted))('%s is enforced', (rule, { from, to }) => {
    const found = violations.filter((violation) => violation.rule.name === rule && violation.from === from).map((violation) => violation.to)
    expect(found).toEqual([expect.stringContaining(to)])
  })

  test('leave alone what keeps them', () => {
    const innocent = violations.filter((violation) => violation.from in clean && violation.rule.name !== 'no-cycles')
    expect(innocent).toEqual([])
  })
})

test('nothing of ours lies in the root folders that Nuxt scans, but the middleware of the console', () => {
  const tracked = execFileSync('git', ['ls-files', 'modules', 'layers', 'plugins', 'utils', 'middleware'], { cwd: root, encoding: 'utf8' })
  expect(tracked.trim().split('\n')).toEqual(['middleware/session.global.ts'])
})
