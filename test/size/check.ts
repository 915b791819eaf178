import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Plugin, rolldown } from 'rolldown'

// What the kit for frontends weighs in a page: minified, compressed, without the packages that it needs. Fails above a limit, and when
// importing one function brings others along.

const CLIENT = resolve(import.meta.dirname, '../../packages/client')
/** In bytes. */
const LIMITS: Readonly<Record<string, number>> = {
  '.': 14 * 1024,
  './react': 13 * 1024,
  './apollo': 11 * 1024,
  './urql': 11 * 1024,
}
/** What an import weighs at most, and what must not come with it. The first one is all that an inbox with a badge needs. */
const PARTS = [
  {
    name: 'createHeraldClient, createInbox, createUnreadCount, createPresence',
    limit: 8 * 1024,
    without: ['event-transport.ts'],
  },
  { name: 'formatCount', limit: 200, without: ['carrier.ts', 'store.ts'] },
  { name: 'createHeraldClient', limit: 5 * 1024, without: ['inbox.ts', 'presence.ts', 'documents.ts'] },
  { name: 'createUnreadCount', limit: 1408, without: ['carrier.ts', 'inbox.ts', 'presence.ts'] },
  { name: 'reduceInbox', limit: 1024, without: ['carrier.ts', 'inbox-feed.ts'] },
] as const

interface Bundle {
  readonly bytes: number
  /** The sources of which something is left. */
  readonly modules: readonly string[]
}

/** Bundles a text as the module of an application would be. */
async function bundle(text: string): Promise<Bundle> {
  const entry: Plugin = {
    name: 'entry',
    resolveId: (id) => (id === 'virtual:entry' ? id : null),
    load: (id) => (id === 'virtual:entry' ? text : null),
  }
  const built = await rolldown({
    input: 'virtual:entry',
    plugins: [entry],
    external: (id) => !/^(virtual:|[./])/.test(id),
    platform: 'browser',
  })
  const { output } = await built.generate({ format: 'esm', minify: true })
  await built.close()
  const [chunk] = output
  const modules = Object.entries(chunk.modules).filter(([, { renderedLength }]) => renderedLength > 0)
  return { bytes: gzipSync(chunk.code, { level: 9 }).length, modules: modules.map(([id]) => id) }
}

/** The sources of the entries of the package, by their names. */
function entries(): Readonly<Record<string, string>> {
  const { exports } = JSON.parse(readFileSync(resolve(CLIENT, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  }
  return Object.fromEntries(
    Object.entries(exports).flatMap(([name, target]) =>
      typeof target === 'string'
        ? []
        : [[name, resolve(CLIENT, target.default.replace(/^\.\/dist/, 'src').replace(/\.js$/, '.ts'))]],
    ),
  )
}

const faults: string[] = []
const report = (name: string, bytes: number, limit: number | undefined): void => {
  console.log(`${name.padEnd(70)} ${(bytes / 1024).toFixed(2).padStart(6)} KB${limit ? ` of ${limit / 1024}` : ''}`)
  if (limit && bytes > limit) faults.push(`${name} weighs ${bytes} bytes, and may ${limit}.`)
}

const sources = entries()
for (const [name, path] of Object.entries(sources)) {
  const { bytes } = await bundle(`export * from ${JSON.stringify(path)}`)
  report(`@herald/client${name.slice(1)}`, bytes, LIMITS[name])
}
for (const { name, limit, without } of PARTS) {
  const { bytes, modules } = await bundle(`export { ${name} } from ${JSON.stringify(sources['.'])}`)
  report(`  ${name}`, bytes, limit)
  for (const file of without) {
    if (modules.some((id) => id.endsWith(`/${file}`))) faults.push(`${name} brings ${file} along.`)
  }
}
if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exitCode = 1
}
