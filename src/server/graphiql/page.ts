import { readFileSync } from 'node:fs'
import { readPageCode } from '../page-code.ts'
import { createStaticFile, JAVASCRIPT, type StaticFile } from '../static-file.ts'
import { EXAMPLES, type GraphiQLRole } from './examples.ts'
import { STYLE } from './style.ts'

/** The scripts and the style of the GraphiQL page, the same for all users. Herald serves them: the page loads nothing from elsewhere. */
export interface GraphiQLAssets {
  readonly script: StaticFile
  readonly style: StaticFile
  /** The graphql-ws client, which `fetcher` uses. */
  readonly client: StaticFile
  /** How GraphiQL sends operations, and what it shows of subscriptions. */
  readonly fetcher: StaticFile
}

/**
 * The options with which GraphiQL is rendered. Their JSON is found again in the rendered script, and replaced by the name of a variable.
 */
const OPTIONS = { title: 'Herald' }
const OPTIONS_NAME = 'heraldGraphiQL'

function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start)
  const to = text.lastIndexOf(end)
  if (from < 0 || to < from) throw new Error(`GraphiQL is not rendered as expected: no ${start}`)
  return text.slice(from + start.length, to)
}

function withOptionsFrom(script: string, name: string): string {
  const text = JSON.stringify(OPTIONS)
  const at = script.lastIndexOf(text)
  if (at < 0) throw new Error('GraphiQL is not rendered as expected: no options')
  return `${script.slice(0, at)}${name}${script.slice(at + text.length)}`
}

/**
 * Renders GraphiQL, and takes its script and style out of the page. `render-graphiql` writes these 9 MB into every page; apart, they are
 * compressed and loaded once. Rejects when they are not found.
 */
export async function renderAssets(): Promise<GraphiQLAssets> {
  // Imported when the page is first opened: most servers never need it.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL(OPTIONS)
  const clientFile = new URL('../umd/graphql-ws.min.js', import.meta.resolve('graphql-ws/client'))
  const [script, style, client, fetcher] = await Promise.all([
    createStaticFile(JAVASCRIPT, withOptionsFrom(between(html, '<script>', '</script>'), OPTIONS_NAME)),
    createStaticFile('text/css; charset=utf-8', `${between(html, '<style>', '</style>')}\n${STYLE}`),
    createStaticFile(JAVASCRIPT, readFileSync(clientFile, 'utf8')),
    createStaticFile(JAVASCRIPT, readPageCode('graphiql/fetcher')),
  ])
  return { script, style, client, fetcher }
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#d64292" stroke-width="2" stroke-linejoin="round"><path d="M4 10v4h4l8 5V5L8 10z"/><path d="M19 9a4 4 0 0 1 0 6"/></svg>',
)}`

const LOGO = decodeURIComponent(ICON.slice(ICON.indexOf(',') + 1)).replace('<svg ', '<svg width="28" height="28" ')

/** JSON that can stand inside a script element: no tag in it can end the element. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

/** The title of the page. With a token it names the role, because pages of several roles are open at once. */
function titleFor(role: GraphiQLRole, token: string | undefined): string {
  return token === undefined ? 'Herald' : `Herald as ${role}`
}

function optionsFor(role: GraphiQLRole, token: string | undefined) {
  const headers = JSON.stringify({ Authorization: `Bearer ${token ?? ''}` }, null, 2)
  return {
    title: titleFor(role, token),
    logo: LOGO,
    // A token must not be stored longer than the page is open.
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: 'headers',
    defaultHeaders: headers,
    defaultTabs: EXAMPLES[role].map((query) => ({ query, headers })),
  }
}

/** The code of a storage that keeps nothing, so that each visit begins with the examples and a fresh token. */
const FORGETFUL_STORAGE = `{ length: 0, getItem: () => null, setItem() {}, removeItem() {}, clear() {} }`

export interface PageOptions {
  readonly assets: GraphiQLAssets
  readonly role: GraphiQLRole
  /** The token that is written into the headers tab of the page; undefined: none. */
  readonly token: string | undefined
}

/** The code that starts the page, with its options. */
function bootScript({ role, token }: PageOptions): string {
  // GraphiQL would write the query into the address, which others see.
  return `const ${OPTIONS_NAME} = { ...${inScript(optionsFor(role, token))}, onEditQuery() {}${
    token === undefined ? '' : `, storage: ${FORGETFUL_STORAGE}`
  } }`
}

/** The HTML of the page. It loads its script and style from Herald, and nothing from elsewhere. */
export function renderPage(options: PageOptions): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${titleFor(options.role, options.token)}</title>
    <link rel="icon" href="${ICON}">
    <link rel="stylesheet" href="?asset=${options.assets.style.hash}">
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script>${bootScript(options)}</script>
    <script defer src="?asset=${options.assets.client.hash}"></script>
    <script type="module" src="?asset=${options.assets.fetcher.hash}"></script>
    <script defer src="?asset=${options.assets.script.hash}"></script>
  </body>
</html>
`
}
