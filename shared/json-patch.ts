// JSON Patch (RFC 6902) over plain JSON: applied to a copy, whole or not at all.

type Value = NonNullable<unknown> | null

export type PatchOperation =
  | { op: 'add'; path: string; value: Value }
  | { op: 'remove'; path: string }
  | { op: 'replace'; path: string; value: Value }
  | { op: 'move'; from: string; path: string }
  | { op: 'copy'; from: string; path: string }
  | { op: 'test'; path: string; value: Value }

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Why a patch does not fit a document: the first operation that cannot be done. */
export class PatchError extends Error {
  readonly index: number
  constructor(index: number, message: string) {
    super(message)
    this.name = 'PatchError'
    this.index = index
  }
}

/** What copies may add to a document, in characters as JSON: a patch that copies the whole into itself doubles it at every step. */
const maxCopiedCharacters = 2_000_000

/** The patched copy; the document itself stays as it is. Throws PatchError. */
export function applyPatch(document: Json, patch: readonly PatchOperation[]): Json {
  let whole = structuredClone(document)
  let copied = 0
  for (const [index, operation] of patch.entries()) {
    const refuse = (message: string): never => {
      throw new PatchError(index, `operation ${index + 1} (${operation.op} ${operation.path || 'the whole'}): ${message}`)
    }
    const path = partsOf(operation.path)
    switch (operation.op) {
      case 'add':
        whole = put(whole, path, structuredClone(operation.value as Json), refuse)
        break
      case 'remove':
        whole = take(whole, path, refuse)
        break
      case 'replace':
        find(whole, path, refuse)
        whole =
          path.length === 0 ? structuredClone(operation.value as Json) : set(whole, path, structuredClone(operation.value as Json), refuse)
        break
      case 'copy': {
        const text = JSON.stringify(find(whole, partsOf(operation.from), refuse))
        copied += text.length
        if (copied > maxCopiedCharacters) refuse(`the copies are longer than ${maxCopiedCharacters} characters`)
        whole = put(whole, path, JSON.parse(text) as Json, refuse)
        break
      }
      case 'move': {
        const from = partsOf(operation.from)
        if (operation.path.startsWith(`${operation.from}/`)) refuse('a place cannot move into itself')
        const value = find(whole, from, refuse)
        if (operation.path === operation.from) break
        whole = put(take(whole, from, refuse), path, value, refuse)
        break
      }
      case 'test':
        if (!sameJson(find(whole, path, refuse), operation.value as Json)) refuse('the value is another one')
    }
  }
  return whole
}

type Refuse = (message: string) => never

const partsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Own properties only: a patch must not reach a prototype. */
function child(value: Json, part: string, refuse: Refuse): Json {
  if (Array.isArray(value)) return value[indexOf(part, value.length - 1, refuse)]!
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return refuse('there is nothing at this place')
  return value[part]!
}

function indexOf(part: string, last: number, refuse: Refuse): number {
  if (!/^(0|[1-9]\d{0,8})$/.test(part)) return refuse('a list needs a number')
  const index = Number(part)
  return index > last ? refuse('the list is shorter') : index
}

const find = (value: Json, path: string[], refuse: Refuse): Json => path.reduce((at, part) => child(at, part, refuse), value)

function parentOf(whole: Json, path: string[], refuse: Refuse): Json[] | { [key: string]: Json } {
  const parent = find(whole, path.slice(0, -1), refuse)
  return parent !== null && typeof parent === 'object' ? parent : refuse('its parent is neither an object nor a list')
}

function write(parent: { [key: string]: Json }, key: string, value: Json, refuse: Refuse): void {
  if (key === '__proto__' || key === 'constructor' || key === 'prototype') refuse('this name is not allowed')
  parent[key] = value
}

function put(whole: Json, path: string[], value: Json, refuse: Refuse): Json {
  if (path.length === 0) return value
  const parent = parentOf(whole, path, refuse)
  const key = path.at(-1)!
  if (Array.isArray(parent)) parent.splice(key === '-' ? parent.length : indexOf(key, parent.length, refuse), 0, value)
  else write(parent, key, value, refuse)
  return whole
}

function set(whole: Json, path: string[], value: Json, refuse: Refuse): Json {
  const parent = parentOf(whole, path, refuse)
  const key = path.at(-1)!
  if (Array.isArray(parent)) parent[indexOf(key, parent.length - 1, refuse)] = value
  else write(parent, key, value, refuse)
  return whole
}

function take(whole: Json, path: string[], refuse: Refuse): Json {
  find(whole, path, refuse)
  if (path.length === 0) return null
  const parent = parentOf(whole, path, refuse)
  const key = path.at(-1)!
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else delete parent[key]
  return whole
}

/** Equal as JSON: the order of names does not matter. */
export function sameJson(one: Json, other: Json): boolean {
  if (one === other) return true
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && sameJson((one as Record<string, Json>)[key]!, (other as Record<string, Json>)[key]!))
  )
}
