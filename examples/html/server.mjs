// Serves the page and the packages that it imports, as any web server does, and answers what backend.mjs does.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { answer } from './backend.mjs'

const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript' }

/** The files that a page may have: beside this one, and what packages are made of. */
const FILES = /^\/(index\.html|style\.css|node_modules\/(?:@herald\/client|graphql-ws)\/dist\/[\w/-]+\.js)$/

async function serveFile(request, response) {
  const { pathname } = new URL(request.url, 'http://shop')
  const [, file] = (pathname === '/' ? '/index.html' : pathname).match(FILES) ?? []
  if (!file) return response.writeHead(404).end()
  const type = TYPES[file.split('.').pop()]
  response.setHeader('content-type', type).end(await readFile(new URL(file, import.meta.url)))
}

createServer((request, response) => answer(request, response, () => serveFile(request, response))).listen(
  Number(process.env.PORT ?? 5173),
  '127.0.0.1',
  function ready() {
    console.log(`The shop is at http://127.0.0.1:${this.address().port}/`)
  },
)
