import { expect, it } from 'vitest'
import { newUuid, publicId } from '#shared/ids.ts'
import { readId } from './read-id.rules.ts'

const uuid = newUuid()

it('reads an id however it was pasted', () => {
  for (const text of [uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), publicId('event', uuid), publicId('deadLetter', uuid)])
    expect(readId(text)).toBe(uuid)
})

it('knows what is no id', () => {
  for (const text of ['u1', 'evt_123', 'delivery-email', '']) expect(readId(text)).toBeNull()
})
