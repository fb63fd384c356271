// What can be done with an operator, each with what it asks before it runs: the panel shows them, one dialog runs them.
import type { Operator } from '../contracts/operator.ts'
import type { NeededRole } from '../roles.ts'
import { operatorTexts as texts } from '../texts/control.ts'

export const operatorLevers = ['reset', 'disable', 'enable', 'ownerOn', 'ownerOff', 'remove'] as const
export type OperatorLever = (typeof operatorLevers)[number]

export interface LeverView {
  lever: OperatorLever
  label: string
  icon: string
  needs: NeededRole
  whyNot: string | null
  title: string
  text: string
  confirm: string
}

/** Those that make sense for this operator, with why not where it is not possible. */
export function leversOf(operator: Operator, self: boolean): LeverView[] {
  const { name, state, instance } = operator
  const whyNot = self ? texts.yourself : operator.yours ? null : texts.notYours
  const lever = (id: OperatorLever, icon: string, needs: NeededRole, words: Pick<LeverView, 'label' | 'title' | 'text' | 'confirm'>) => ({
    lever: id,
    icon,
    needs,
    whyNot: needs === 'instance' ? (self ? texts.yourself : null) : whyNot,
    ...words,
  })
  return [
    lever('reset', 'i-lucide-key-round', 'admin', {
      label: texts.reset,
      title: texts.resetTitle(name),
      text: texts.resetText(name),
      confirm: texts.resetConfirm,
    }),
    state === 'active'
      ? lever('disable', 'i-lucide-user-x', 'admin', {
          label: texts.disable,
          title: texts.disableTitle(name),
          text: texts.disableText(name),
          confirm: texts.disableConfirm,
        })
      : lever('enable', 'i-lucide-user-check', 'admin', {
          label: texts.enable,
          title: texts.enableTitle(name),
          text: texts.enableText(name),
          confirm: texts.enableConfirm,
        }),
    lever(instance ? 'ownerOff' : 'ownerOn', 'i-lucide-shield', 'instance', {
      label: instance ? texts.ownerOff : texts.ownerOn,
      title: texts.ownerTitle(name, !instance),
      text: texts.ownerText(name, !instance),
      confirm: texts.ownerConfirm(!instance),
    }),
    lever('remove', 'i-lucide-trash-2', 'admin', {
      label: texts.remove,
      title: texts.removeTitle(name),
      text: texts.removeText(name),
      confirm: texts.removeConfirm,
    }),
  ]
}
