/** A start that cannot go on, for a reason that a person can understand and mend: its message is all they need to see. */
export class StartFailed extends Error {
  override name = 'StartFailed'
}
