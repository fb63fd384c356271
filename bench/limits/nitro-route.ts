// What a bare Nitro route can do: the same h3 app and Node listener that Nitro builds, one route that parses the same body.
import { createServer } from 'node:http'
import { createApp, createRouter, eventHandler, readBody, setResponseStatus, toNodeListener } from 'h3'
import { reportPort } from './report-port.ts'

const router = createRouter().post(
  '/api/v1/events',
  eventHandler(async (event) => {
    const body = await readBody<{ type: string }>(event)
    setResponseStatus(event, 202)
    return { id: 'evt_0', status: 'accepted', type: body.type }
  }),
)
reportPort(createServer(toNodeListener(createApp().use(router))))
