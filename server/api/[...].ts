// What no route took: nothing under /api ever answers HTML.
import { defineEventHandler } from 'h3'
import { operations } from '#shared/contracts/operations/index.ts'
import { answerUnrouted } from '../utils/answer-unrouted.ts'

export default defineEventHandler((event) => answerUnrouted(event.node.req, event.node.res, operations))
