import { isClone } from './page-code.ts'

export interface StartPageOptions {
  /** The path of the GraphQL endpoint. */
  readonly path: string
  /** The key in the links that give tokens; undefined when the visitor does not know it. */
  readonly key: string | undefined
  /** Whether the demo can be served here. */
  readonly hasDemo: boolean
  /** The port that the visitor reached on this machine. */
  readonly port: number
}

/** The command line as somebody types it who has a clone, or the package. */
const HERALD = isClone ? 'npm run -s herald --' : 'npx herald'

/** Where commands look for Herald when they are not told. */
const USUAL_PORT = 4000

/** What a command needs to find the Herald of this page. */
function urlOption({ port }: StartPageOptions): string {
  return port === USUAL_PORT ? '' : ` --url http://127.0.0.1:${port}`
}

const PEOPLE = [
  ['customer', 'Alice, a customer', 'Her unread count, her inbox, her ticket.'],
  ['agent', 'Bob, who helps customers', 'The desk, a conversation with notes, who is typing and who has read.'],
  ['backend', 'Your backend', 'Notifies users, opens tickets, asks what arrived.'],
] as const

/** What a clone has. The package brings the first one only. */
const PAGES = [
  ['README.md', 'What Herald is, and a tour of five minutes'],
  ['docs/tutorial.md', 'Build an inbox with a badge in 15 minutes'],
  ['docs/client.md', 'Frontends: stores and hooks, or your own GraphQL client'],
  ['docs/backends.md', 'Backends: send by a mutation, Redis or the command line'],
  ['docs/deploy.md', 'Put it on a server'],
] as const

function people({ path, key }: StartPageOptions): string {
  const query = key === undefined ? '' : `&amp;key=${encodeURIComponent(key)}`
  return PEOPLE.map(
    ([role, name, what]) =>
      `<li><a href="${path}?as=${role}${query}" target="_blank" rel="noopener">${name}<span>${what}</span></a></li>`,
  ).join('\n          ')
}

/** The way to the demo. */
function demo({ key }: StartPageOptions): string {
  return `
      <section aria-labelledby="demo">
        <h2 id="demo">See it work</h2>
        <p>Two customers and an agent side by side. Send something, let them talk, cut somebody off, restart Herald, and see that nothing is missing.</p>
        <ul>
          <li><a href="/demo${key === undefined ? '' : `?key=${encodeURIComponent(key)}`}">Open the demo<span>In English and Arabic.</span></a></li>
        </ul>
      </section>`
}

const NOTICE = `
      <p class="notice" role="note">The links of this page have no tokens, because its address has no key. Open the one that Herald printed last when it
        started: other users and programs of this machine do not know it.</p>`

/** The HTML of the page at which a developer begins. It runs no script, and loads nothing from elsewhere. */
export function renderStartPage(options: StartPageOptions): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Herald is running</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/pages/start/start.css">
  </head>
  <body>
    <main>
      <h1>Herald is running</h1>
      <p>It tells your users what happened, carries their conversations with you, and knows who is here. Try it in a minute.</p>${options.key === undefined ? NOTICE : ''}
      <div class="cards">${options.hasDemo ? demo(options) : ''}
      <section aria-labelledby="people">
        <h2 id="people">Be three people</h2>
        <p>Open each in a tab of GraphiQL and press play: what one sends, the others see at once.</p>
        <ul>
          ${people(options)}
        </ul>
      </section>
      <section aria-labelledby="commands">
        <h2 id="commands">Two commands</h2>
        <p>Watch what Alice is told. It comes back after a cut, and misses nothing:</p>
        <pre tabindex="0" aria-label="The first command"><code>${HERALD} listen --user alice${urlOption(options)}</code></pre>
        <p>In another terminal, tell her something:</p>
        <pre tabindex="0" aria-label="The second command"><code>${HERALD} notify --to alice --title 'It works'${urlOption(options)}</code></pre>
      </section>
      <section aria-labelledby="docs">
        <h2 id="docs">Read on</h2>
        <p>These files come with Herald. The schema is explained in GraphiQL, under the first sign on its left.</p>
        <ul>
          ${PAGES.slice(0, isClone ? PAGES.length : 1)
            .map(([file, what]) => `<li><p><code>${file}</code><br>${what}</p></li>`)
            .join('\n          ')}
        </ul>
      </section>
      </div>
    </main>
  </body>
</html>
`
}
