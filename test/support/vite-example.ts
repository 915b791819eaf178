import { join, resolve } from 'node:path'
import { createServer, defaultClientConditions } from 'vite'
import { onTestFinished } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Sets variables of this process until the test is over, since Vite and the examples read their settings there. */
function setEnvironment(env: Readonly<Record<string, string>>): void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, env)
  onTestFinished(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
}

/**
 * Serves a folder of `examples/` until the test is over, as its `npm start` does: by Vite for developers, with the configuration of the example,
 * on a port of its own. Nothing is installed: `@herald/client` is taken from its sources, subpaths included, and other packages are those of the
 * root. `env` are the settings that the example reads. Resolves to the address, without a slash at its end. What Vite prepares of packages
 * is kept for the next time, so that one file tests one example.
 */
export async function serveExample(name: string, env: Readonly<Record<string, string>>): Promise<string> {
  setEnvironment(env)
  const server = await createServer({
    root: join(ROOT, 'examples', name),
    cacheDir: join(ROOT, 'node_modules/.cache/examples', name),
    logLevel: 'error',
    resolve: { conditions: ['herald-sources', ...defaultClientConditions] },
    server: { host: '127.0.0.1', port: 0, watch: null },
  })
  onTestFinished(() => server.close())
  await server.listen()
  return server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? ''
}
