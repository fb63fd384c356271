// Every page but the sign-in needs a session. With several workspaces the URL names the one shown, so that a link shows a colleague
// the same thing.
import { safeNext } from '#shared/view/next-path.ts'

export default defineNuxtRouteMiddleware(async (to) => {
  const { load, workspace, workspaces, chooseWorkspace, recallWorkspace } = useSession()
  const state = await load()
  if (to.path === '/sign-in') return state === 'signed-in' ? navigateTo(safeNext(to.query.next), { replace: true }) : undefined
  if (state === 'away') {
    return abortNavigation(createError({ statusCode: 503, statusMessage: 'The session cannot be checked', fatal: true }))
  }
  if (state === 'signed-out') {
    return navigateTo({ path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }, { replace: true })
  }
  const named = to.query.workspace
  recallWorkspace()
  if (typeof named === 'string' && !chooseWorkspace(named)) {
    return abortNavigation(
      createError({ statusCode: 404, statusMessage: 'There is no such workspace, or you do not belong to it', fatal: true }),
    )
  }
  if (named === undefined && workspaces.value.length > 1 && workspace.value) {
    return navigateTo({ path: to.path, query: { ...to.query, workspace: workspace.value.key }, hash: to.hash }, { replace: true })
  }
  return undefined
})
