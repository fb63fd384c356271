import { describe, expect, it } from 'vitest'
import { safeNext } from './next-path.ts'

describe('safeNext', () => {
  it('keeps paths of the console, with query', () => {
    expect(safeNext('/dead-letters?cause=cau_1&state=open')).toBe('/dead-letters?cause=cau_1&state=open')
  })

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/sign-in?next=/',
    '',
    undefined,
    ['/a'],
  ])('goes to the first page instead of %j', (next) => expect(safeNext(next)).toBe('/'))
})
