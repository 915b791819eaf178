import { createHash } from 'node:crypto'
import { CODE_ENDING } from './page-code.ts'
import { importMap } from './vendor-files.ts'

/** A person of the demo, with a token. */
export interface DemoPerson {
  readonly id: string
  readonly name: string
  readonly role: 'customer' | 'agent' | 'backend'
  readonly token: string
}

/** What the demo is told by its page. */
export interface DemoSetup {
  /** The path of the GraphQL endpoint. */
  readonly path: string
  /** The people; empty when the visitor does not know the key. */
  readonly people: readonly DemoPerson[]
  /** Where to ask for a restart of Herald; null: it cannot be restarted from here. */
  readonly restart: string | null
}

const IMPORT_MAP = importMap()

/** The Content-Security-Policy of the demo: nothing is loaded from elsewhere than Herald, and no script is written into the page. */
export const DEMO_POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${createHash('sha256').update(IMPORT_MAP).digest('base64')}'`,
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The HTML of the demo. Its people and their tokens are data in it, which no tag of theirs can end. */
export function renderDemoPage(setup: DemoSetup): string {
  return `<!doctype html>
<html lang="en" dir="ltr">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Herald: the demo</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/pages/demo/demo.css">
    <link rel="stylesheet" href="/pages/demo/person.css">
    <link rel="stylesheet" href="/pages/demo/support.css">
    <link rel="stylesheet" href="/pages/demo/chat.css">
    <script type="importmap">${IMPORT_MAP}</script>
    <script type="application/json" id="setup">${JSON.stringify(setup).replaceAll('<', '\\u003c')}</script>
    <script type="module" src="/pages/demo/main${CODE_ENDING}"></script>
  </head>
  <body>
    <noscript>The demo needs JavaScript.</noscript>
    <div id="demo"></div>
  </body>
</html>
`
}
