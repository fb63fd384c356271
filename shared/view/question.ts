/** What is asked before a lever is pulled, and what pulling it does. */
export interface Question {
  title: string
  /** What happens, and to how many. */
  text: string
  confirm: string
  /** Changes nothing in production. */
  noReason?: boolean
  act: (reason: string) => Promise<unknown>
}
