export default defineNitroPlugin((app) => { app.hooks.hook('close', () => console.log('closed')) })
