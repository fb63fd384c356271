// Workflows: what to send when an event type arrives, and the rendering of their templates.
//
// draft      what PUT changes; its version grows with every change
// published  the version that events are routed by; never changes
// step       one channel with its template (Liquid; context: event, data, recipient, workspace)
export { createRenderer, type Renderer } from './create-renderer.ts'
export { createWorkflows, type Workflows } from './manage-workflows.ts'
export { loadPublished, type PublishedWorkflow } from './published.repository.ts'
export type { EmailContent, InAppContent, RenderItem, RenderResult } from './render-types.ts'
