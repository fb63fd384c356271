// A plausible value for a schema, and the call that sends it: what a reader copies first.
import type { OpenApiDocument, OpenApiOperation, OpenApiSchema } from './document.ts'

const maxDepth = 5

/** Follows one $ref into the components; anything else is returned as it is. */
export function resolveSchema(document: OpenApiDocument, schema: OpenApiSchema): OpenApiSchema {
  const name = schema.$ref?.split('/').at(-1)
  return (name && document.components.schemas?.[name]) || schema
}

/** An example value: the schema's own, else made from its type. Optional properties only where they carry an example. */
export function exampleOf(document: OpenApiDocument, given: OpenApiSchema, depth = 0): unknown {
  const schema = resolveSchema(document, given)
  if (schema.example !== undefined) return schema.example
  if (schema.examples?.[0] !== undefined) return schema.examples[0]
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum) return schema.enum[0]
  // What may be null and says nothing of itself mostly is.
  if (Array.isArray(schema.type) && schema.type.includes('null')) return null
  const branch = schema.oneOf?.[0] ?? schema.anyOf?.[0] ?? schema.allOf?.[0]
  if (branch) return exampleOf(document, branch, depth)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object') {
    if (depth >= maxDepth) return {}
    const properties = Object.entries(schema.properties ?? {}).filter(
      ([name, property]) => schema.required?.includes(name) || resolveSchema(document, property).example !== undefined,
    )
    return Object.fromEntries(properties.map(([name, property]) => [name, exampleOf(document, property, depth + 1)]))
  }
  if (type === 'array') return depth < maxDepth && schema.items ? [exampleOf(document, schema.items, depth + 1)] : []
  if (type === 'integer' || type === 'number') return schema.minimum ?? 0
  if (type === 'boolean') return false
  if (type === 'null') return null
  return schema.format === 'date-time' ? '2026-11-20T14:32:08Z' : schema.format === 'email' ? 'ada@example.com' : '...'
}

/** The call as a shell line. `origin` like http://localhost:3000. */
export function curlOf(document: OpenApiDocument, origin: string, path: string, method: string, operation: OpenApiOperation): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = operation.parameters?.find((candidate) => candidate.in === 'path' && candidate.name === name)
    const value = parameter ? exampleOf(document, parameter.schema) : name
    return typeof value === 'string' && value !== '...' ? encodeURIComponent(value) : `{${name}}`
  })
  const scheme = Object.keys(operation.security?.[0] ?? {})[0]
  const token = scheme === 'apiKey' ? '$SIGNALBOX_API_KEY' : scheme === 'recipientToken' ? '$INBOX_TOKEN' : undefined
  const media = Object.entries(operation.requestBody?.content ?? {})[0]
  const verb = method.toUpperCase()
  const streams = Object.values(operation.responses).some((response) => response.content?.['text/event-stream'])
  const lines = [
    `curl ${streams ? '-N ' : ''}${verb === 'GET' || (verb === 'POST' && media) ? '' : `-X ${verb} `}${origin}${filled.includes('{') ? `'${filled}'` : filled}`,
  ]
  if (token) lines.push(`-H "Authorization: Bearer ${token}"`)
  if (media) {
    const [mediaType, { schema, examples }] = media
    const value = Object.values(examples ?? {})[0]?.value ?? (schema ? exampleOf(document, schema) : {})
    lines.push(`-H 'Content-Type: ${mediaType}'`, `-d '${JSON.stringify(value, null, 2).replaceAll("'", "'\\''")}'`)
  }
  return lines.join(' \\\n  ')
}
