import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from './folders.mjs'
import { say } from './progress.mjs'

function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function tryLock(path) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    // A link appears with its content or not at all, so that nobody ever reads an empty lock.
    linkSync(own, path)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  } finally {
    rmSync(own, { force: true })
  }
  try {
    const owner = Number(readFileSync(path, 'utf8'))
    // An hour: no step takes that long, so the number must belong to another program by now.
    if (!alive(owner) || Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { force: true })
  } catch {
    // Released between the two looks.
  }
  return false
}

/** Runs `work` while no other bootstrap of this folder is installing, generating or building. */
export async function withLock(work) {
  mkdirSync(scratch, { recursive: true })
  const path = join(scratch, 'lock')
  for (let tries = 0; !tryLock(path); tries++) {
    if (tries % 30 === 5) say('Waiting for another command of this folder that is installing or building ...')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const release = () => rmSync(path, { force: true })
  process.on('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}
