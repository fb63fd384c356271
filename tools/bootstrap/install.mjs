import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeModules, root } from './folders.mjs'
import { runStep } from './progress.mjs'

const stampPath = join(nodeModules, '.signalbox-stamp')

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * True when somebody ran npm by hand and it ended well: npm writes its own record of what is installed as its last act,
 * and every package of our lockfile is in it with the same version (optional ones of other platforms may be missing).
 */
function npmInstalledTheSame(lockText) {
  const recordText = readText(join(nodeModules, '.package-lock.json'))
  if (!recordText) return false
  const wanted = JSON.parse(lockText).packages
  const installed = JSON.parse(recordText).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true
    const found = installed[path]
    return found ? found.version === entry.version : Boolean(entry.optional || entry.peer)
  })
}

/** npm makes all folders first and fills them one by one: a package is there when its package.json is. */
function countPackages() {
  const names = readdirSync(nodeModules).filter((name) => !name.startsWith('.'))
  const paths = names.flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(nodeModules, name)).map((inner) => join(name, inner)) : [name],
  )
  return `${paths.filter((path) => existsSync(join(nodeModules, path, 'package.json'))).length} of ${paths.length} folders filled`
}

/** Installs exactly what package-lock.json says, unless that was done before and ended well. */
export async function ensureInstalled() {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const hash = createHash('sha256').update(lockText).digest('hex')
  if (readText(stampPath) === hash) return
  if (npmInstalledTheSame(lockText)) {
    writeFileSync(stampPath, hash)
    return
  }
  // Gone first: an install that is interrupted must not look complete.
  rmSync(stampPath, { force: true })
  const total = Object.keys(JSON.parse(lockText).packages).length - 1
  // Without scripts: nothing here needs them, and some reach out to hosts that a closed network does not have.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional', '--loglevel=error']
  const npm = process.env.npm_execpath && existsSync(process.env.npm_execpath) && /\.[cm]?js$/.test(process.env.npm_execpath)
  await runStep({
    title: `Installing ${total} packages (once; a minute or two)`,
    command: npm ? process.execPath : 'npm',
    args: npm ? [process.env.npm_execpath, ...args] : args,
    log: 'install.log',
    progress: () => {
      try {
        return countPackages()
      } catch {
        return ''
      }
    },
  })
  writeFileSync(stampPath, hash)
}
