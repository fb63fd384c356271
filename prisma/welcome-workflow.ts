/** The example that a fresh Signalbox starts with: a pull request makes one mail and one inbox message. */
export const welcomeWorkflow = {
  key: 'welcome',
  name: 'Pull request opened',
  eventType: 'pull_request.opened',
  critical: false,
  steps: [
    {
      id: 'mail',
      type: 'channel',
      channel: 'email',
      template: {
        subject: '{{ data.title | default: "A pull request" }} was opened',
        html: '<p>Hello {{ recipient.id }},</p><p><strong>{{ data.title | default: "A pull request" }}</strong> is waiting for you.</p>{% if data.url %}<p><a href="{{ data.url }}">Open it</a></p>{% endif %}',
        text: 'Hello {{ recipient.id }},\n\n{{ data.title | default: "A pull request" }} is waiting for you.\n{{ data.url }}\n',
      },
    },
    {
      id: 'bell',
      type: 'channel',
      channel: 'in-app',
      template: {
        title: '{{ data.title | default: "A pull request" }}',
        body: 'Opened by {{ data.author | default: "somebody" }}',
        url: '{{ data.url }}',
      },
    },
  ],
}
