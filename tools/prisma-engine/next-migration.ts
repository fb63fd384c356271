// What `migrate dev` asks before it writes a migration. The WebAssembly engine answers these two only after it has replayed the
// migrations with the preview features off, and so takes every partial index for a change; its `diff` makes its own shadow
// database and knows the features. Therefore the difference comes from `diff`, and only the warnings from `evaluateDataLoss`.
import type {
  CreateMigrationInput,
  CreateMigrationOutput,
  EvaluateDataLossInput,
  EvaluateDataLossOutput,
  SchemaEngine,
  SchemasContainer,
} from '@prisma/schema-engine-wasm'

/** The script that leads from the migrations to the schema, or null when they agree. */
async function differenceOf(
  engine: SchemaEngine,
  input: Pick<CreateMigrationInput, 'migrationsList' | 'schema' | 'filters'>,
): Promise<string | null> {
  const { exitCode, stdout } = await engine.diff({
    from: { tag: 'migrations', ...input.migrationsList },
    to: { tag: 'schemaDatamodel', ...input.schema },
    script: true,
    exitCode: true,
    filters: input.filters,
  })
  return exitCode === 0 ? null : stdout
}

/** A draft is written even when it is empty, as the native engine does. */
export async function createMigration(engine: SchemaEngine, input: CreateMigrationInput): Promise<CreateMigrationOutput> {
  const script = await differenceOf(engine, input)
  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  return {
    connectorType: 'postgresql',
    generatedMigrationName: input.migrationName ? `${stamp}_${input.migrationName}` : stamp,
    migrationScript: script ?? (input.draft ? '-- This is an empty migration.' : null),
    extension: 'sql',
  }
}

/** Zero steps make `migrate dev` say that all is in sync instead of asking for a name. */
export async function evaluateDataLoss(engine: SchemaEngine, input: EvaluateDataLossInput): Promise<EvaluateDataLossOutput> {
  if ((await differenceOf(engine, input)) === null) return { migrationSteps: 0, unexecutableSteps: [], warnings: [] }
  // Fills the engine's cache of what the migrations lead to: evaluateDataLoss itself cannot make a shadow database.
  await engine.diagnoseMigrationHistory({ migrationsList: input.migrationsList, optInToShadowDatabase: true, filters: input.filters })
  const evaluation = await engine.evaluateDataLoss({ ...input, schema: withoutPredicates(input.schema) })
  return { ...evaluation, migrationSteps: Math.max(1, evaluation.migrationSteps) }
}

/** That cache knows no predicates, so neither may the schema it is compared with. */
function withoutPredicates(schema: SchemasContainer): SchemasContainer {
  const predicate = /,\s*where:\s*raw\("(?:[^"\\]|\\.)*"\)/g
  return { files: schema.files.map((file) => ({ ...file, content: file.content.replaceAll(predicate, '') })) }
}
