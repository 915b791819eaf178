// Serves the page and the packages that it imports, as any web server does, and answers what backend.mjs does.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { answer } from './backend.mjs'

const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript' }

/** Where the packages are, wherever npm has put them. */
const client = import.meta.resolve('@herald/client')
const graphqlWs = pathToFileURL(createRequire(client).resolve('graphql-ws'))
const PACKAGES = { '@herald/client': client, 'graphql-ws': graphqlWs }

const OWN = /^\/(index\.html|style\.css)$/
const OF_PACKAGE = /^\/packages\/(@herald\/client|graphql-ws)\/([\w/-]+\.js)$/

function find(pathname) {
  const [, own] = (pathname === '/' ? '/index.html' : pathname).match(OWN) ?? []
  const [, name, file] = pathname.match(OF_PACKAGE) ?? []
  return own ? new URL(own, import.meta.url) : name && new URL(file, PACKAGES[name])
}

async function serveFile(request, response) {
  const found = find(new URL(request.url, 'http://shop').pathname)
  const content = found && (await readFile(found).catch(() => undefined))
  if (!content) return response.writeHead(404).end()
  response.setHeader('content-type', TYPES[found.pathname.split('.').pop()]).end(content)
}

createServer((request, response) => answer(request, response, () => serveFile(request, response))).listen(
  Number(process.env.PORT ?? 5173),
  '127.0.0.1',
  function ready() {
    console.log(`The shop is at http://127.0.0.1:${this.address().port}/`)
  },
)
