// Idempotency: the same request again gets the same answer for 24 hours, decided inside the transaction that does the work.
//
// route      method and path, for example 'POST /events'
// in flight  the first request with this key is still running elsewhere: 409
export { forgetOldKeys, storeKeys, takeKeys, type KeyRow, type KeyVerdict } from './idempotency.repository.ts'
export { readIdempotencyKey, requestHash } from './idempotency-key.rules.ts'
