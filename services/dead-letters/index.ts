// Dead letters: work that used up its attempts or cannot be done, grouped by cause, and sent again.
//
// letter    one piece of dead work, with what sending it again needs; delivery-exhausted or pipeline-fault
// cause     letters with one fingerprint (error class, normalised message, throwing place)
// replay    an operation that puts a frozen selection of letters back to work, at a pace
export { insertLetters, rollUpCauses, type NewLetter } from './dead-letter.repository.ts'
export { buryPoison } from './bury-poison.repository.ts'
export type { Failure } from './cause.rules.ts'
export { letterConditions, letterFilterSql } from './letter-filter.rules.ts'
export { listCauses } from './read-causes.repository.ts'
export { lettersThatAre, listLetters } from './read-letters.repository.ts'
export { redactLetter } from './redact-letter.rules.ts'
export { createDeadLetters, type DeadLetters } from './manage-letters.ts'
