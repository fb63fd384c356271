// The native engine's command line, as far as the CLI uses it.
import { parseArgs } from 'node:util'

export interface Datasource {
  url?: string
  /** Where shadow databases are made; the server of `url` when absent. */
  shadowDatabaseUrl?: string
}

export interface EngineArguments {
  datasource: Datasource
  /** Paths of the schema's files: the engine reads the preview features from them. */
  schemaFiles: string[]
  /** `schema-engine --datasource JSON cli COMMAND`; without it the engine speaks JSON-RPC. */
  command: string | undefined
  wantsVersion: boolean
}

/** Reads the arguments the CLI spawns the engine with. Options that the WebAssembly engine needs not are skipped. */
export function parseArguments(argv: string[]): EngineArguments {
  const { values, positionals } = parseArgs({
    args: argv,
    strict: false,
    allowPositionals: true,
    options: {
      datasource: { type: 'string' },
      datamodels: { type: 'string', multiple: true, default: [] },
      'enabled-preview-features': { type: 'string' },
      'extension-types': { type: 'string' },
      version: { type: 'boolean' },
    },
  })
  return {
    datasource: typeof values.datasource === 'string' ? (JSON.parse(values.datasource) as Datasource) : {},
    schemaFiles: (values.datamodels as unknown[]).filter((path) => typeof path === 'string'),
    command: positionals[0] === 'cli' ? positionals[1] : undefined,
    wantsVersion: values.version === true,
  }
}
