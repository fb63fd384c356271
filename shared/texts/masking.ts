// What stands where something is masked for people who may only look.

export const maskedTexts = {
  message: 'Rendered for a person, so it is masked: seeing it needs the role operator.',
  mail: 'A mail is masked but for its sender and time: reading it needs the role operator.',
  person: 'Addresses and attributes are masked: seeing them needs the role operator.',
  file: 'The names of files and what is in them are masked: seeing them needs the role operator.',
} as const
