import type { WorkflowStep } from '#shared/contracts/workflow.ts'

export interface RenderContext {
  event: Record<string, unknown>
  data: Record<string, unknown>
  recipient: Record<string, unknown>
  workspace: Record<string, unknown>
}

export interface RenderItem {
  workflowKey: string
  version: number
  stepId: string
  channel: WorkflowStep['channel']
  template: WorkflowStep['template']
  /** Share the parts of a context between items: each is cloned to the thread once. */
  context: RenderContext
}

export interface EmailContent {
  subject: string
  html: string | null
  text: string | null
}
export interface InAppContent {
  title: string
  body: string
  url: string | null
}

export type RenderResult = { ok: true; content: EmailContent | InAppContent } | { ok: false; error: { code: string; message: string; where: string } }
