// What somebody types to send a test, and the event that it means. Errors stand at the path that the API would name.
import { sendTexts as texts } from '../texts/workflows.ts'

export interface TestForm {
  type: string
  recipients: string
  subject: string
  data: string
  /** Ids of files that are ready. */
  attachments?: string[]
}

export type TestRecipient = string | { id: string; email: string } | { topic: string }

export interface TestEvent {
  type: string
  recipients: TestRecipient[]
  subject?: string
  data: Record<string, unknown>
  attachments?: string[]
}

/** 'u1', 'u2 ada@example.com', 'topic:repo-7-watchers'; lines or commas. */
export function readRecipients(text: string): TestRecipient[] {
  return text
    .split(/[\n,]+/)
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      if (line.startsWith('topic:')) return { topic: line.slice('topic:'.length).trim() }
      const [id, email] = line.split(/\s+/)
      return email ? { id: id!, email: email.replace(/^<|>$/g, '') } : id!
    })
}

/** The object, or why it is none. */
export function readData(text: string): { data: Record<string, unknown>; error: null } | { data: null; error: string } {
  if (text.trim() === '') return { data: {}, error: null }
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return { data: null, error: texts.notObject }
    return { data: parsed as Record<string, unknown>, error: null }
  } catch (error) {
    return { data: null, error: texts.notJson((error as Error).message) }
  }
}

export function readTestEvent(
  form: TestForm,
): { event: TestEvent; errors: null } | { event: null; errors: { path: string; message: string }[] } {
  const { data, error } = readData(form.data)
  if (error !== null) return { event: null, errors: [{ path: '/data', message: error }] }
  const event: TestEvent = { type: form.type.trim(), recipients: readRecipients(form.recipients), data }
  if (form.subject.trim()) event.subject = form.subject.trim()
  if (form.attachments?.length) event.attachments = form.attachments
  return { event, errors: null }
}

/** Which field of the form an error of the API belongs to: '/recipients/0/email' -> 'recipients'. */
export function fieldOf(path: string): 'type' | 'recipients' | 'subject' | 'data' | 'attachments' {
  const first = path.replace(/^\//, '').split('/')[0]
  return first === 'recipients' || first === 'subject' || first === 'data' || first === 'attachments' ? first : 'type'
}
