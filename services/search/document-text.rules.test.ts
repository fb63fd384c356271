import { expect, test } from 'vitest'
import { fingerprintOf, plain, textOfContent, textOfHtml, valuesOf } from './document-text.rules.ts'

test('reads what a reader would see of a mail', () => {
  expect(plain(textOfHtml('<style>p{color:red}</style><p>Caf&eacute; &amp; bar&#33;</p><br>Paid&#xd800;'))).toBe('Caf&eacute; & bar! Paid')
  expect(textOfContent({ subject: 's', html: '<b>Hi</b>', text: '' })).toBe('Hi')
  expect(textOfContent({ title: 't', body: 'Look\n\there' })).toBe('Look here')
  expect(textOfContent(null)).toBe('')
})

test('takes values, never names, out of attributes', () => {
  expect(valuesOf({ plan: 'pro', seats: 7, nested: { city: 'Berlin', on: true } })).toBe('pro 7 Berlin')
})

test('a fingerprint changes with what was indexed, not with the order of filters', () => {
  const document = { title: 'a', body: 'b', names: 'c', filters: { x: '1', y: '2' }, at: new Date(0) }
  expect(fingerprintOf({ ...document, filters: { y: '2', x: '1' } })).toBe(fingerprintOf(document))
  expect(fingerprintOf({ ...document, body: 'B' })).not.toBe(fingerprintOf(document))
})
