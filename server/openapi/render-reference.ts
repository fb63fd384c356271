// The API reference as one page without scripts: what openapi.json says, for people. Style: public/reference.css.
import type { OpenApiDocument, OpenApiMedia, OpenApiOperation, OpenApiParameter, OpenApiResponse } from './document.ts'
import { curlOf, exampleOf } from './example-of.ts'
import { anchorOf, escapeHtml, inlineText, richText } from './html.ts'
import { rowOf, schemaRows, typeOf } from './render-schema.ts'

interface Entry {
  path: string
  method: string
  operation: OpenApiOperation
}

/** The whole page. `origin` is where this instance was reached, for the calls to copy. */
export function renderReference(document: OpenApiDocument, origin: string): string {
  const groups = document.tags.map((tag) => ({ tag, entries: entriesOf(document, tag.name) })).filter((group) => group.entries.length > 0)
  const schemas = Object.entries(document.components.schemas ?? {})
  const navigation = `${groups
    .map(
      ({ tag, entries }) =>
        `<section><h2><a href="#${anchorOf('tag', tag.name)}">${escapeHtml(tag.name)}</a></h2><ul>${entries
          .map(
            ({ operation, method, path }) =>
              `<li><a href="#${escapeHtml(operation.operationId)}"><span class="verb">${verbOf(method)}</span> ${shortPath(path)}</a></li>`,
          )
          .join('')}</ul></section>`,
    )
    .join('')}<section><h2><a href="#schemas">Schemas</a></h2></section>`
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API reference - Signalbox</title>
<link rel="stylesheet" href="/reference.css">
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="bar"><a class="home" href="/">Signalbox</a><span class="crumb">API reference</span><span class="version">${escapeHtml(document.info.version)}</span><a class="raw" href="/openapi.json">openapi.json</a></header>
<div class="frame">
<nav class="side" aria-label="Operations">${navigation}</nav>
<main id="content">
<details class="menu"><summary>Operations</summary><nav aria-label="Operations, short">${navigation}</nav></details>
<section class="intro"><h1>${escapeHtml(document.info.title)}</h1>${richText(document.info.description)}
${callOf(`export SIGNALBOX_API_KEY=sb_...\ncurl ${origin}/api/v1/events -H "Authorization: Bearer $SIGNALBOX_API_KEY"`, 'A first call')}</section>
${groups
  .map(
    ({
      tag,
      entries,
    }) => `<section class="tag" id="${anchorOf('tag', tag.name)}"><h2>${escapeHtml(tag.name)}</h2>${richText(tag.description)}
${entries.map((entry) => article(document, origin, entry)).join('\n')}</section>`,
  )
  .join('\n')}
<section class="tag" id="schemas"><h2>Schemas</h2>
${schemas
  .map(
    ([name, schema]) =>
      `<article class="schema" id="${anchorOf('schema', name)}"><h3>${escapeHtml(name)}</h3>${schema.properties ? richText(schema.description) : ''}${schemaRows(document, schema)}</article>`,
  )
  .join('\n')}</section>
</main>
</div>
</body>
</html>
`
}

function entriesOf(document: OpenApiDocument, tag: string): Entry[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => (operation.tags?.[0] === tag ? [{ path, method, operation }] : [])),
  )
}

function verbOf(method: string): string {
  return method === 'delete' ? 'DEL' : method.toUpperCase()
}

function shortPath(path: string): string {
  return breakable(path.replace(/^\/api\/v1/, ''))
}

/** Lets long paths wrap at their slashes. */
function breakable(path: string): string {
  return escapeHtml(path).replaceAll('/', '<wbr>/')
}

function article(document: OpenApiDocument, origin: string, { path, method, operation }: Entry): string {
  return `<article class="operation" id="${escapeHtml(operation.operationId)}">
<div class="text">
<h3><a href="#${escapeHtml(operation.operationId)}">${inlineText(operation.summary ?? operation.operationId)}</a></h3>
<p class="path"><span class="verb">${method.toUpperCase()}</span> <code>${breakable(path)}</code></p>
${richText(operation.description)}${credential(operation)}
${parametersOf(operation, 'path', 'Path')}${parametersOf(operation, 'query', 'Query')}
${bodyOf(document, operation)}
${parametersOf(operation, 'header', 'Headers')}
${answersOf(document, operation)}
</div>
<div class="calls">${callOf(curlOf(document, origin, path, method, operation), 'Call')}${answerExample(document, operation)}</div>
</article>`
}

function parametersOf(operation: OpenApiOperation, place: OpenApiParameter['in'], title: string): string {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === place)
  if (parameters.length === 0) return ''
  const rows = parameters.map((parameter) =>
    rowOf(
      parameter.name,
      { ...parameter.schema, ...(parameter.description ? { description: parameter.description } : {}) },
      parameter.required ?? false,
    ),
  )
  return `<h4>${title}</h4><div class="rows">${rows.join('')}</div>`
}

function credential(operation: OpenApiOperation): string {
  const scheme = Object.keys(operation.security?.[0] ?? {})[0]
  if (scheme === 'recipientToken') return '<p>Called with a token of one recipient.</p>'
  if (scheme === 'session') return '<p>Called by the console, with the cookie of a signed-in operator.</p>'
  return scheme ? '' : '<p>Open to whoever can reach this instance.</p>'
}

function bodyOf(document: OpenApiDocument, operation: OpenApiOperation): string {
  const body = operation.requestBody
  if (!body) return ''
  const parts = Object.entries(body.content).map(
    ([mediaType, media]) =>
      `<p class="media"><code>${escapeHtml(mediaType)}</code>${media.schema?.$ref ? ` ${typeOf(media.schema)}` : ''}</p>${media.schema ? schemaRows(document, media.schema) : ''}`,
  )
  return `<h4>Body${body.required ? '' : ' (optional)'}</h4>${parts.join('')}`
}

function answersOf(document: OpenApiDocument, operation: OpenApiOperation): string {
  const answers = Object.entries(operation.responses).map(([status, given]) => [status, resolveResponse(document, given)] as const)
  const good = answers.filter(([status]) => Number(status) < 400)
  const bad = answers.filter(([status]) => Number(status) >= 400)
  const goodText = good.map(([status, response]) => {
    const [mediaType, media] = Object.entries(response.content ?? {})[0] ?? []
    const named = media?.schema?.$ref
      ? typeOf(media.schema)
      : mediaType && mediaType !== 'application/json'
        ? `<code>${escapeHtml(mediaType)}</code>`
        : ''
    const headers = Object.keys(response.headers ?? {}).filter((name) => name !== 'x-request-id')
    return `<div class="answer"><p><code class="status">${status}</code> ${inlineText(response.description)} ${named}</p>
${headers.length > 0 ? `<p class="limits">Headers: ${headers.map((name) => `<code>${escapeHtml(name)}</code>`).join(', ')}</p>` : ''}
${media?.schema && !media.schema.$ref && mediaType === 'application/json' ? schemaRows(document, media.schema) : ''}</div>`
  })
  return `<h4>Answers</h4>${goodText.join('')}
<details class="errors"><summary>Errors: ${bad.map(([status]) => status).join(', ')}</summary><dl>${bad.map(([status, response]) => `<div><dt><code>${status}</code></dt><dd>${inlineText(response.description)}</dd></div>`).join('')}</dl></details>`
}

function resolveResponse(document: OpenApiDocument, response: OpenApiResponse & { $ref?: string }): OpenApiResponse {
  const name = response.$ref?.split('/').at(-1)
  return (name && document.components.responses?.[name]) || response
}

function answerExample(document: OpenApiDocument, operation: OpenApiOperation): string {
  for (const [status, response] of Object.entries(operation.responses)) {
    const media: OpenApiMedia | undefined = Number(status) < 300 ? response.content?.['application/json'] : undefined
    if (!media?.schema) continue
    const value = media.example ?? exampleOf(document, media.schema)
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0)
      return callOf(JSON.stringify(value, null, 2), `Answer ${status}`)
  }
  return ''
}

function callOf(text: string, title: string): string {
  return `<figure class="code"><figcaption>${escapeHtml(title)}</figcaption><pre tabindex="0"><code>${escapeHtml(text)}</code></pre></figure>`
}
