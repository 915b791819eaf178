import { EXAMPLES, type GraphiQLRole } from './examples.ts'
import { createStaticFile, type StaticFile } from './static-file.ts'

/** The large parts of the page, the same for everybody. They are Herald's own: the page loads nothing from elsewhere. */
export interface GraphiQLAssets {
  readonly script: StaticFile
  readonly style: StaticFile
}

/** Told apart from everything else in the rendered page, so that the place of the options can be found. */
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

/** Takes the 9 MB that `render-graphiql` writes into every page out of it, so that they are compressed and loaded once. */
export async function renderAssets(): Promise<GraphiQLAssets> {
  // Imported when somebody opens the page: a server that nobody explores need not load it.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL(OPTIONS)
  const [script, style] = await Promise.all([
    createStaticFile(
      'text/javascript; charset=utf-8',
      withOptionsFrom(between(html, '<script>', '</script>'), OPTIONS_NAME),
    ),
    createStaticFile('text/css; charset=utf-8', between(html, '<style>', '</style>')),
  ])
  return { script, style }
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#d64292" stroke-width="2" stroke-linejoin="round"><path d="M4 10v4h4l8 5V5L8 10z"/><path d="M19 9a4 4 0 0 1 0 6"/></svg>',
)}`

const LOGO = decodeURIComponent(ICON.slice(ICON.indexOf(',') + 1)).replace('<svg ', '<svg width="28" height="28" ')

/** What can stand inside a script element: JSON in which no tag can end it. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

/** With a token, several pages are open at once, each as somebody else. */
function titleFor(role: GraphiQLRole, token: string | undefined): string {
  return token === undefined ? 'Herald' : `Herald as ${role}`
}

function optionsFor(role: GraphiQLRole, token: string | undefined) {
  const headers = JSON.stringify({ Authorization: `Bearer ${token ?? ''}` }, null, 2)
  return {
    title: titleFor(role, token),
    logo: LOGO,
    subscriptionsProtocol: 'WS',
    // Tokens belong into no storage that outlives the page.
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: 'headers',
    defaultHeaders: headers,
    defaultTabs: EXAMPLES[role].map((query) => ({ query, headers })),
  }
}

/** Keeps nothing, so that each visit begins with the examples and a fresh token. */
const FORGETFUL_STORAGE = `{ length: 0, getItem: () => null, setItem() {}, removeItem() {}, clear() {} }`

/** With several tabs from the start, GraphiQL 5 moves one away from under the pointer that presses it. */
const STEADY_TABS = '.graphiql-tab { transform: none !important }'

export interface PageOptions {
  readonly assets: GraphiQLAssets
  readonly role: GraphiQLRole
  /** Written into the headers tab of the page. */
  readonly token: string | undefined
}

/** The script that starts the page; its place in the page is fixed, so that its hash can stand in the page's policy. */
function bootScript({ role, token }: PageOptions): string {
  // The query does not belong into the address, which others see.
  return `const ${OPTIONS_NAME} = { ...${inScript(optionsFor(role, token))}, onEditQuery() {}${
    token === undefined ? '' : `, storage: ${FORGETFUL_STORAGE}`
  } }`
}

/** The page and the policy that it keeps to, which lets it load nothing from elsewhere. */
export function renderPage(options: PageOptions): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${titleFor(options.role, options.token)}</title>
    <link rel="icon" href="${ICON}">
    <link rel="stylesheet" href="?asset=${options.assets.style.hash}">
    <style>${STEADY_TABS}</style>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script>${bootScript(options)}</script>
    <script src="?asset=${options.assets.script.hash}"></script>
  </body>
</html>
`
}
