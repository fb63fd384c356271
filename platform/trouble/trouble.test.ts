import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { EmbedderUnavailable } from '../embedder/index.ts'
import { ObjectStoreError } from '../object-store/object-store.ts'
import { IndexUnavailable } from '../search-index/search-index.ts'
import { ScannerUnavailable } from '../virus-scanner/index.ts'
import { tellTrouble } from './index.ts'

const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:9000'), { code: 'ECONNREFUSED' })

describe('what people are told of a trouble', () => {
  test.each([
    [new ObjectStoreError('unavailable', refused.message, refused), 'the object store does not answer'],
    [new IndexUnavailable('weaviate', refused), 'the search index does not answer'],
    [new EmbedderUnavailable(refused.message), 'the embedding service does not answer'],
    [new ScannerUnavailable(`The virus scanner: ${refused.message}`, refused), 'the virus scanner does not answer'],
    [
      Object.assign(new pg.DatabaseError('the database system is shutting down', 40, 'error'), { code: '57P01' }),
      'the database does not answer',
    ],
    [refused, 'a part that this needs does not answer'],
  ])('names the part: %s', (error, told) => {
    expect(tellTrouble(error)).toBe(told)
  })

  test.each([
    ['getaddrinfo ENOTFOUND minio.internal', 'getaddrinfo ENOTFOUND'],
    ['connect EHOSTUNREACH fe80::1:9000 - Local (fe80::2:0)', 'connect EHOSTUNREACH - Local ((elsewhere))'],
    ['write to 10.1.2.3 failed, then to [2001:db8::1]:443', 'write to (elsewhere) failed, then to (elsewhere)'],
    ['https://user:secret@s3.eu.example.com:9000/bucket?x=1 answered 500', '(elsewhere) answered 500'],
    ['no pg_hba.conf entry for host "10.0.0.9"', 'no pg_hba.conf entry for host "(elsewhere)"'],
    ["ENOENT: no such file or directory, open '/var/lib/signalbox/files/a'", 'ENOENT: no such file or directory, open (elsewhere)'],
    ['localhost:6379 and redis-0.redis:6379 are away', '(elsewhere) and (elsewhere) are away'],
  ])('says nothing of where: %s', (text, told) => {
    expect(tellTrouble(new Error(text))).toBe(told)
  })

  test.each([
    'duplicate key value violates unique constraint "delivery_pkey"',
    'invalid input syntax for type uuid: "abc"',
    'operator does not exist: text = uuid at $1::uuid, line:12, col:5',
    'it took 12:34:56, version 1.28.3, 42% of 4711',
    "Cannot read properties of undefined (reading 'length')",
  ])('leaves what is no place: %s', (text) => {
    expect(tellTrouble(new Error(text))).toBe(text)
  })

  test('is not longer than a row wants it', () => {
    expect(tellTrouble(new Error('a'.repeat(2_000)))).toHaveLength(500)
    expect(tellTrouble('a text')).toBe('a text')
  })
})
