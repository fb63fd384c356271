// The list of operations, the file routes and the document are one thing.
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operations } from '#shared/contracts/operations/index.ts'
import { takesBody, type Operation } from '#shared/contracts/operations/operation.ts'
import { scopes } from '#shared/contracts/scope.ts'
import { buildOpenApi } from '../../server/openapi/build-document.ts'
import type { OpenApiDocument } from '../../server/openapi/document.ts'
import { renderReference } from '../../server/openapi/render-reference.ts'
import { loadFileRoutes, type FileRoute } from '../support/file-routes.ts'

const bracesOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}')
const name = (op: Pick<Operation, 'method' | 'path'>): string => `${op.method} ${op.path}`

let routes: FileRoute[]
let document: OpenApiDocument

beforeAll(async () => {
  routes = (await loadFileRoutes()).filter((route) => !route.path.endsWith('**'))
  document = JSON.parse(JSON.stringify(buildOpenApi(operations, '1.2.3'))) as OpenApiDocument
}, 60_000)

describe('file routes', () => {
  it('each serve the operation that their path says', () => {
    for (const route of routes) {
      expect(route.handler.operation, `${route.file} was not made by defineOperation`).toBeDefined()
      const op = route.handler.operation as Operation
      expect(`${route.method} ${bracesOf(route.path)}`, route.file).toBe(name(op))
      expect(operations, `${op.operationId} is not in the list`).toContain(op)
    }
  })

  it('exist for every operation', () => {
    const served = new Set(routes.map((route) => route.handler.operation))
    expect(operations.filter((op) => !served.has(op)).map(name)).toEqual([])
  })
})

describe('operations', () => {
  it('declare who may call', () => {
    for (const op of operations) {
      if (typeof op.auth === 'object') expect(scopes, op.operationId).toContain(op.auth.scope)
      else expect(['public', 'recipient', 'operator'], op.operationId).toContain(op.auth)
    }
  })

  it('are public only outside /api/v1, but for signing in and the status of the first page', () => {
    expect(operations.filter((op) => op.auth === 'public' && op.path.startsWith('/api/v1')).map(name)).toEqual([
      'POST /api/v1/session',
      'GET /api/v1/status',
    ])
  })

  it('have names and places of their own', () => {
    expect(new Set(operations.map((op) => op.operationId)).size).toBe(operations.length)
    expect(new Set(operations.map(name)).size).toBe(operations.length)
  })

  it('name every parameter of their path', () => {
    for (const op of operations) {
      const inPath = [...op.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect(Object.keys(op.params?.shape ?? {}), op.operationId).toEqual(inPath)
    }
  })

  it('refuse unknown fields everywhere in a body', () => {
    for (const op of operations) {
      if (!op.body || op.body === 'raw') continue
      expect(looseObjects(z.toJSONSchema(op.body, { io: 'input', unrepresentable: 'any' })), op.operationId).toEqual([])
    }
  })

  it('say what success looks like', () => {
    for (const op of operations)
      expect(
        Object.keys(op.responses).some((status) => Number(status) < 400),
        op.operationId,
      ).toBe(true)
  })
})

/** Paths of objects with named properties that would take others silently. */
function looseObjects(schema: unknown, path = ''): string[] {
  if (Array.isArray(schema)) return schema.flatMap((item, index) => looseObjects(item, `${path}/${index}`))
  if (typeof schema !== 'object' || schema === null) return []
  const loose =
    'properties' in schema && !('additionalProperties' in schema) && (schema as { type?: unknown }).type === 'object' ? [path || '/'] : []
  return [...loose, ...Object.entries(schema).flatMap(([key, value]) => looseObjects(value, `${path}/${key}`))]
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(document) as never)
    expect(result.errors ?? []).toEqual([])
    expect(document.openapi).toBe('3.1.0')
    expect(document.servers).toEqual([{ url: '/' }])
  })

  it('names every operation by its full path, with the statuses it can give', () => {
    for (const op of operations) {
      const described = document.paths[op.path]?.[op.method.toLowerCase()]
      expect(described?.operationId).toBe(op.operationId)
      const statuses = Object.keys(described?.responses ?? {})
      expect(statuses).toEqual(expect.arrayContaining(['400', '500', '503']))
      if (typeof op.auth === 'object') expect(statuses).toEqual(expect.arrayContaining(['401', '403', '429']))
      if (takesBody(op)) expect(statuses).toEqual(expect.arrayContaining(['413', '415', '422']))
      expect(described?.security?.length, op.operationId).toBe(op.auth === 'public' ? 0 : typeof op.auth === 'object' ? 2 : 1)
    }
  })

  it('has no reference that leads nowhere', () => {
    for (const [, pointer] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      let at: unknown = document
      for (const part of (pointer as string).split('/')) at = (at as Record<string, unknown> | undefined)?.[part]
      expect(at, pointer).toBeDefined()
    }
  })

  it('has no named schema that may be null: the place that allows null says so', () => {
    const nullable = Object.entries(document.components.schemas ?? {}).filter(
      ([, schema]) => Array.isArray(schema.type) && schema.type.includes('null'),
    )
    expect(nullable.map(([key]) => key)).toEqual([])
  })
})

describe('the reference page', () => {
  it('shows every operation with its call, without scripts or anything from elsewhere', () => {
    const html = renderReference(document, 'http://localhost:3000')
    for (const op of operations) expect(html).toContain(`id="${op.operationId}"`)
    expect(html).not.toMatch(/<script|<style|style="|onclick|https?:\/\/(?!localhost:3000|signalbox\.dev|example\.com)[a-z]/)
    expect(html).toContain('$SIGNALBOX_API_KEY')
  })

  it('escapes what it shows', () => {
    const planted = structuredClone(document)
    planted.info.description = '<img src=x onerror=alert(1)>'
    expect(renderReference(planted, 'http://localhost:3000')).not.toContain('<img')
  })
})
