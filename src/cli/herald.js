#!/usr/bin/env -S node --max-semi-space-size=16
// JavaScript that an old Node reads too, so that it can say what is missing.
import { existsSync } from 'node:fs'

const NEEDED = 24

/** Whether this is the package, which somebody has installed, rather than a clone. */
const isPackage = import.meta.url.endsWith('/dist/cli/herald.js')
/** Herald brings its own Node as a development dependency, which `npm ci` leaves out for production. */
const isBrought = existsSync(new URL('../../node_modules/.bin/node', import.meta.url))

function remedy() {
  if (isPackage) return `Put Node.js ${NEEDED} (https://nodejs.org) first in PATH.`
  return isBrought
    ? 'Install it from https://nodejs.org, or start Herald with "npm start", which brings its own.'
    : 'The one that Herald brings is not installed, because npm leaves it out when NODE_ENV is production: put ' +
        `Node.js ${NEEDED} (https://nodejs.org) first in PATH, or run "npm ci --include=dev".`
}

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(`Herald needs Node.js ${NEEDED} or newer, and this is ${process.versions.node}. ${remedy()}\n`)
  process.exitCode = 1
} else {
  void import('./commands.ts').then(({ runCommandLine }) => runCommandLine(process.argv.slice(2), process.env))
}
