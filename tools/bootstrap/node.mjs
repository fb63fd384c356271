import { accessSync, chmodSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { nodeModules } from './folders.mjs'
import { Stop } from './progress.mjs'

const neededMajor = 24

/** The Node that runs TypeScript as it is: this one when it is new enough, else the one that came as a package. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  const path = join(nodeModules, name, 'bin', 'node')
  if (!existsSync(path)) {
    throw new Stop(
      `Signalbox runs on Node ${neededMajor}. This is Node ${process.versions.node}, and there is no package with Node ${neededMajor} for ` +
        `${process.platform} on ${process.arch}. Install Node ${neededMajor} from https://nodejs.org and try again.`,
    )
  }
  try {
    accessSync(path, constants.X_OK)
  } catch {
    chmodSync(path, 0o755)
  }
  return path
}
