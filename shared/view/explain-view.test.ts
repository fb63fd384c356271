import { expect, it } from 'vitest'
import { explainStepKinds } from '../contracts/explain.ts'
import { stepLink, stepName } from './explain-view.ts'

it('leads from every row that proves something to its page', () => {
  const id = 'dlv_0192f3a07b3e7c1d8a4f5e6d7c8b9a01'
  expect(stepLink({ kind: 'attempt', id: `${id}/2` })).toBe(`/deliveries/${id}`)
  expect(stepLink({ kind: 'recipient', id: 'a/b' })).toBe('/recipients/a%2Fb')
  for (const kind of explainStepKinds) {
    expect(stepLink({ kind, id: null })).toBeUndefined()
    if (kind !== 'notification' && kind !== 'summary') expect(stepLink({ kind, id })).toMatch(/^\//)
  }
})

it('shortens ids, and keeps which attempt it was', () => {
  expect(stepName('dlv_0192f3a07b3e7c1d8a4f5e6d7c8b9a01/2')).toBe('dlv_…8b9a01/2')
  expect(stepName('delivery-email')).toBe('delivery-email')
  expect(stepName('a/b')).toBe('a/b')
})
