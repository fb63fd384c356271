// What goes into the renderer and what comes out: plain data, because it crosses a thread.
import type { EmailContent, EmailTemplate, InAppContent, InAppTemplate } from '#shared/contracts/workflow.ts'

/** What templates can name. Share the objects between items: each crosses to the thread once per batch. */
export interface RenderContext {
  event: Record<string, unknown>
  data: Record<string, unknown>
  recipient: Record<string, unknown>
  workspace: Record<string, unknown>
}

interface RenderTarget {
  workflowKey: string
  version: number
  stepId: string
  context: RenderContext
}

/** One message to render. Keep one template object per step: it is known by identity. */
export type RenderItem = RenderTarget & ({ channel: 'email'; template: EmailTemplate } | { channel: 'in-app'; template: InAppTemplate })

export interface RenderError {
  /** 'template-error', 'template-too-large', 'template-timeout' or 'template-crash'. */
  code: string
  /** A sentence for people, with the line; holds nothing of the data. */
  message: string
  /** 'workflow/step/field'. */
  where: string
}

export type RenderResult = { ok: true; content: EmailContent | InAppContent } | { ok: false; error: RenderError }

/** Something in a template that is not Liquid. */
export interface TemplateProblem {
  /** Which of the given templates. */
  index: number
  field: string
  message: string
  line: number
}

/** A template as the thread gets it: the key stands for its whole source. */
export interface KeyedTemplate {
  key: string
  channel: 'email' | 'in-app'
  fields: Record<string, string>
}

export interface RenderTask {
  kind: 'render'
  templates: KeyedTemplate[]
  items: { template: number; where: string; context: RenderContext }[]
  /** [0] = the item that is being rendered; -1 = none yet. */
  progress: Int32Array
}

export interface CheckTask {
  kind: 'check'
  templates: KeyedTemplate[]
}
