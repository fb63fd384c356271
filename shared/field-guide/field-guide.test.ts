import { expect, it } from 'vitest'
import { articleGroups, articleOf, articles, articleText } from './index.ts'

it('gives every code one article and every article an address', () => {
  const codes = articles.flatMap((article) => [article.id, ...(article.codes ?? [])])
  expect(new Set(codes).size).toBe(codes.length)
  for (const { id } of articles) expect(id).toMatch(/^[a-z0-9-]+$/)
  expect(articleGroups.filter((group) => !articles.some((article) => article.group === group))).toEqual([])
})

it('finds the article of a code, and of a neighbour where there is none of its own', () => {
  expect(articleOf('http-404')?.id).toBe('http-404')
  expect(articleOf('http-504')?.id).toBe('http-503')
  expect(articleOf('http-418')?.id).toBe('http-400')
  expect(articleOf('http-302')?.id).toBe('http-3xx')
  expect(articleOf('smtp-421')?.id).toBe('smtp-4xx')
  expect(articleOf('smtp-535')?.id).toBe('sign-in-failed')
  expect(articleOf('template-timeout')?.id).toBe('template')
  expect(articleOf('never-heard-of')).toBeUndefined()
})

it('says all of it to the search', () => {
  const text = articleText(articleOf('tls-failed')!)
  for (const part of [articleOf('tls-failed')!.lead, ...articleOf('tls-failed')!.steps]) expect(text).toContain(part)
})
