import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** Whether this runs from its sources, rather than as a package of JavaScript. */
const isSource = import.meta.url.endsWith('.ts')

/**
 * The code of a file of `src/pages/`, as the JavaScript that a browser runs. Its name has no ending, such as `graphiql/fetcher`. Types are
 * taken out here; in a package the file is JavaScript already.
 */
export function readPageCode(name: string): string {
  const text = readFileSync(new URL(`../pages/${name}${isSource ? '.ts' : '.js'}`, import.meta.url), 'utf8')
  return isSource ? stripTypeScriptTypes(text) : text
}
