// Workflows: what to send when an event type arrives.
//
// draft       what PUT changes; its version grows with every PUT
// published   a frozen copy of a draft; events go through the one that was published last
// step        one message on one channel, with a Liquid template
// renderer    templates and data in, texts out, in a thread of its own
export { createRenderer, type Renderer, type RendererOptions } from './create-renderer.ts'
export { createWorkflows, type Workflows } from './manage-workflows.ts'
export { loadPublished, type PublishedStep, type PublishedWorkflow } from './published.repository.ts'
export type { RenderContext, RenderError, RenderItem, RenderResult } from './rendering.ts'
