// A schema as rows a person can read: name, type, what it means, its limits. Named schemas are links.
import type { OpenApiDocument, OpenApiSchema } from './document.ts'
import { anchorOf, escapeHtml, inlineText, richText } from './html.ts'
import { resolveSchema } from './example-of.ts'

const maxDepth = 6

/** 'string (date-time) or null', with links to named schemas. HTML. */
export function typeOf(schema: OpenApiSchema): string {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) as string
    return `<a href="#${anchorOf('schema', name)}">${escapeHtml(name)}</a>`
  }
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`
  if (schema.enum) return schema.enum.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(' or ')
  const branches = schema.oneOf ?? schema.anyOf
  if (branches) return [...new Set(branches.map(typeOf))].join(' or ')
  if (schema.allOf) return schema.allOf.map(typeOf).join(' and ')
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type ?? 'anything']).map((type) => {
    if (type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`
    if (type === 'string' && schema.format) return `string (${escapeHtml(schema.format)})`
    return escapeHtml(type)
  })
  return types.join(' or ')
}

/** '1 to 200', 'at most 128 characters', 'default 50'. HTML. */
export function limitsOf(schema: OpenApiSchema): string {
  const limits = [
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' items'),
    schema.pattern ? `matches <code>${escapeHtml(schema.pattern)}</code>` : '',
    schema.default !== undefined ? `default <code>${escapeHtml(JSON.stringify(schema.default))}</code>` : '',
  ]
  return limits.filter(Boolean).join(', ')
}

function range(from: number | undefined, to: number | undefined, unit: string): string {
  const readable = (value: number): string => value.toLocaleString('en')
  // Zod's int() says the safe integers, which says nothing.
  const low = from !== undefined && from > Number.MIN_SAFE_INTEGER ? from : undefined
  const high = to !== undefined && to < Number.MAX_SAFE_INTEGER ? to : undefined
  if (low !== undefined && high !== undefined)
    return low === high ? `${readable(low)}${unit}` : `${readable(low)} to ${readable(high)}${unit}`
  if (low !== undefined) return low === 0 && unit !== '' ? '' : `at least ${readable(low)}${unit}`
  return high !== undefined ? `at most ${readable(high)}${unit}` : ''
}

/** One row: a property or a parameter. */
export function rowOf(name: string, schema: OpenApiSchema, required: boolean, inner = ''): string {
  const limits = limitsOf(schema)
  return `<div class="row"><div class="row-name"><code>${escapeHtml(name)}</code>${required ? '<span class="required">required</span>' : ''}</div>
<div class="row-text"><div class="type">${typeOf(schema)}${limits ? `<span class="limits">${limits}</span>` : ''}</div>${schema.description ? `<p>${inlineText(schema.description)}</p>` : ''}${inner}</div></div>`
}

/** The rows of an object, and of the objects inside it that have no name of their own. */
export function schemaRows(document: OpenApiDocument, given: OpenApiSchema, depth = 0): string {
  const schema = depth === 0 ? resolveSchema(document, given) : given
  if (schema.$ref || depth > maxDepth) return ''
  if (schema.properties) {
    const rows = Object.entries(schema.properties).map(([name, property]) =>
      rowOf(name, property, schema.required?.includes(name) ?? false, schemaRows(document, property, depth + 1)),
    )
    return `<div class="rows">${rows.join('')}</div>`
  }
  if (schema.items) return schemaRows(document, schema.items, depth + 1)
  const branches = (schema.oneOf ?? schema.anyOf ?? []).filter((branch) => branch.properties)
  if (branches.length > 0)
    return branches.map((branch) => `<div class="branch">${schemaRows(document, branch, depth + 1)}</div>`).join('<p class="or">or</p>')
  if (depth === 0) return `<p class="type">${typeOf(schema)} ${limitsOf(schema)}</p>${richText(schema.description)}`
  return typeof schema.additionalProperties === 'object' ? schemaRows(document, schema.additionalProperties, depth + 1) : ''
}
