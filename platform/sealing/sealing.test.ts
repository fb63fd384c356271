import { describe, expect, it } from 'vitest'
import { createSealer, SealError } from './index.ts'

const secret = 'a secret of at least thirty-two characters'
const row = '0192f3a0-0000-7000-8000-000000000001'
const otherRow = '0192f3a0-0000-7000-8000-000000000002'

describe('sealing', () => {
  const sealer = createSealer(secret)

  it('opens what it sealed, also in another process', () => {
    const sealed = sealer.seal('whsec_grün', row)
    expect(sealer.open(sealed, row)).toBe('whsec_grün')
    expect(createSealer(secret).open(new Uint8Array(sealed), row)).toBe('whsec_grün')
    expect(sealer.open(sealer.seal('', row), row)).toBe('')
  })

  it('never gives the same bytes twice, nor the plain text', () => {
    const sealed = sealer.seal('whsec_plain', row)
    expect(sealed.equals(sealer.seal('whsec_plain', row))).toBe(false)
    expect(sealed.includes('whsec_plain')).toBe(false)
  })

  it('does not open for another row', () => {
    expect(() => sealer.open(sealer.seal('x', row), otherRow)).toThrow(SealError)
  })

  it('does not open with another secret', () => {
    expect(() => createSealer(`${secret}!`).open(sealer.seal('x', row), row)).toThrow(SealError)
  })

  it('does not open when any byte was changed or cut off', () => {
    const sealed = sealer.seal('some text', row)
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed)
      changed[i] = changed[i]! ^ 1
      expect(() => sealer.open(changed, row)).toThrow(SealError)
      expect(() => sealer.open(sealed.subarray(0, i), row)).toThrow(SealError)
    }
  })

  it('refuses a short secret', () => {
    expect(() => createSealer('short')).toThrow('32 characters')
  })
})
