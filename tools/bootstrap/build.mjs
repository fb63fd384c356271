import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeModules, root } from './folders.mjs'
import { runStep } from './progress.mjs'

const stampPath = join(root, '.output', '.signalbox-stamp')
const sources = [
  ...[
    'server',
    'shared',
    'platform',
    'services',
    'pages',
    'components',
    'composables',
    'layouts',
    'middleware',
    'assets',
    'public',
    'prisma',
  ],
  ...['app.vue', 'error.vue', 'app.config.ts', 'nuxt.config.ts', 'package.json', 'package-lock.json', 'tsconfig.json'],
]

function* filesIn(path) {
  let entries
  try {
    entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (error.code === 'ENOTDIR') yield path
    return
  }
  for (const entry of entries) {
    if (entry.isDirectory()) yield* filesIn(join(path, entry.name))
    else yield join(path, entry.name)
  }
}

/** Content, not times: a clone, a checkout or a copy gives every file a new time. A few hundred files take some 20 ms. */
function hashSources() {
  const hash = createHash('sha256')
  for (const source of sources) {
    for (const file of filesIn(join(root, source))) {
      if (/\.test\.ts$/.test(file)) continue
      hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
    }
  }
  return hash.digest('hex')
}

/** Builds the API and the console when what they are made of changed since, or when a build was interrupted. */
export async function ensureBuilt(node) {
  const wanted = hashSources()
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wanted) return
  rmSync(stampPath, { force: true })
  await runStep({
    title: 'Building the API and the console',
    command: node,
    args: [join(nodeModules, 'nuxt/bin/nuxt.mjs'), 'build'],
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
    log: 'build.log',
  })
  writeFileSync(stampPath, wanted)
}
