import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder, wherever the command was called from. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const nodeModules = join(root, 'node_modules')

/** For locks, stamps and logs of the start-up steps; ignored by git, outside node_modules because npm empties that. */
export const scratch = join(root, '.cache', 'bootstrap')
