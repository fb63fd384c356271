// The document of this build, made once, when first asked for.
import { operations } from '#shared/contracts/operations/index.ts'
import { version } from '#platform/lifecycle/version.ts'
import { buildOpenApi } from './build-document.ts'
import type { OpenApiDocument } from './document.ts'

let document: OpenApiDocument | undefined

export function openApiDocument(): OpenApiDocument {
  document ??= buildOpenApi(operations, version)
  return document
}
