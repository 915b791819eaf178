import { existsSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** Whether this runs from its sources in a clone, rather than as a package of JavaScript. */
export const isClone = import.meta.url.endsWith('.ts')

/** How the names of files with code in `src/pages/` end, where this runs. */
export const CODE_ENDING = isClone ? '.ts' : '.js'

/**
 * Strips the types. Node warns at the first call that this function may still change. The version of Node that a clone runs on is pinned, so
 * whoever operates it is not told: the warning is left out, and no other one, since nothing else runs meanwhile.
 */
function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

/**
 * The text of a file of `src/pages/`, such as `start/start.css`, as a browser takes it: TypeScript without its types. `client/…` are files of
 * `@herald/client`. Undefined when there is no such file. The name must come from Herald, not from a client.
 */
export function readPageFile(name: string): string | undefined {
  const place =
    isClone && name.startsWith('client/') ? name.replace('client', '../packages/client/src') : `pages/${name}`
  const file = new URL(`../${place}`, import.meta.url)
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  return name.endsWith('.ts') ? withoutTypes(text) : text
}

/** The code of a file of `src/pages/`, as JavaScript. Its name has no ending, such as `graphiql/fetcher`. Throws when there is no such file. */
export function readPageCode(name: string): string {
  const text = readPageFile(`${name}${CODE_ENDING}`)
  if (text === undefined) throw new Error(`There is no code for browsers with the name ${name}.`)
  return text
}
