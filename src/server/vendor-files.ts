import { existsSync, readFileSync } from 'node:fs'
import { isClone } from './page-code.ts'

/** Packages that pages import by name, and under which name their files are served. */
const PACKAGES = {
  preact: 'preact',
  'preact/hooks': 'preact-hooks',
  htm: 'htm',
  'htm/preact': 'htm-preact',
  'graphql-ws/client': 'graphql-ws',
} as const

const FOLDER = '/pages/vendor'
const CLIENT = `/pages/client/index${isClone ? '.ts' : '.js'}`

function fileOf(name: string): string {
  return import.meta.resolve(name).split('/').at(-1) ?? ''
}

/** The import map of pages: where a browser finds each package, on this server. */
export function importMap(): string {
  const packages = Object.entries(PACKAGES).map(([name, folder]) => [name, `${FOLDER}/${folder}/${fileOf(name)}`])
  return JSON.stringify({ imports: { ...Object.fromEntries(packages), '@herald/client': CLIENT } })
}

/** A file beside the one that a package is imported by, or that one. */
const PATH = /^\/pages\/vendor\/([a-z-]+)\/([\w-]+(?:\.[\w-]+)*\.m?js)$/

/** The text of a package's file at a path such as `/pages/vendor/htm/htm.mjs`; undefined when there is none. */
export function readVendorFile(path: string): string | undefined {
  const [, folder, file = ''] = PATH.exec(path) ?? []
  const name = Object.entries(PACKAGES).find(([, served]) => served === folder)?.[0]
  if (name === undefined) return undefined
  const url = new URL(file, import.meta.resolve(name))
  // Maps of sources are not served, and browsers would ask for them.
  return existsSync(url) ? readFileSync(url, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n') : undefined
}
