// What somebody wants, a line for each thing they spoke about.
import type { PreferenceView } from '../contracts/preference.ts'
import { recipientTexts as texts } from '../texts/people.ts'

export function preferenceLines({ channels, workflows }: PreferenceView): { what: string; says: string }[] {
  const say = (wanted: boolean): string => (wanted ? texts.on : texts.off)
  return [
    ...Object.entries(channels).map(([channel, wanted]) => ({ what: `${channel}, ${texts.all}`, says: say(wanted) })),
    ...Object.entries(workflows).flatMap(([key, rule]) => [
      ...(rule.enabled === undefined ? [] : [{ what: key, says: say(rule.enabled) }]),
      ...Object.entries(rule.channels ?? {}).map(([channel, wanted]) => ({ what: `${key}, ${channel}`, says: say(wanted) })),
    ]),
  ]
}
