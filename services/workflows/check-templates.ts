import { Fault, type FaultDetail } from '#shared/fault.ts'
import type { WorkflowInput } from '#shared/contracts/workflow.ts'
import { liquidMessage, parseTemplate, type Engine } from './liquid.ts'

/** Parses every template of a draft. Throws Fault 'invalid' with the path and line of each that does not parse. */
export function checkTemplates(workflow: WorkflowInput): void {
  const errors: FaultDetail[] = []
  workflow.steps.forEach((step, i) => {
    for (const [field, source] of Object.entries(step.template)) {
      const engine: Engine = field === 'html' ? 'html' : 'plain'
      try {
        if (source !== undefined) parseTemplate(engine, source)
      } catch (error) {
        errors.push({ path: `/steps/${i}/template/${field}`, message: liquidMessage(error) })
      }
    }
  })
  if (errors.length > 0) throw new Fault('invalid', 'A template cannot be read', { errors })
}
